"""Times as people say them."""

from datetime import datetime


def ago(moment: datetime, now: datetime) -> str:
    """How long ago it was, in one unit: `40 s ago`, `3 days ago`."""
    seconds = max(0, round((now - moment).total_seconds()))
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit} ago"
    return f"{seconds} s ago"
