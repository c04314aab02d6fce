"""What the rules let pass, each with its reason. Reviewed whenever it grows; an entry that nothing needs is removed."""

from collections.abc import Mapping

MAY_RUN_AS_ROOT: Mapping[str, str] = {
    "db": "the official image starts as root to hand its volume to the account mysql, and then becomes that account",
    "frontend-blue": "the live cluster sets no account for it, and the program does not know which one its image has",
    "frontend-green": "the live cluster sets no account for it, and the program does not know which one its image has",
}
"""Containers that may start as root, by name."""

OLDER_PODS_SHARE_TOKENS: Mapping[tuple[str, str], str] = {
    ("cadrart-secret", "JWT_SECRET"): "an older release had one for both; staging's own comes with the pods' next roll",
    ("cadrart-secret", "TEST_ENDPOINT_SECRET"): "as JWT_SECRET",
}
"""Keys of production's Secret that staging's pods read as well where an older release made them, by Secret and key."""
