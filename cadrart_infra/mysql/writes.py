"""Whether the server takes writes at all: somebody may have made it read-only, and forgotten it."""

from cadrart_infra.mysql.root_client import RootClient

ARE_REFUSED = "@@global.read_only NOT IN ('0', 'OFF')"
"""A condition of SQL. Root may write all the same, but for MySQL's super_read_only, which sets this too."""


def are_refused(root: RootClient) -> bool:
    """Whether applications cannot write; raises a DatabaseError."""
    return bool(root.run(f"SELECT 1 FROM DUAL WHERE {ARE_REFUSED}"))
