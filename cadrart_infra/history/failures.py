"""Collects why this update failed, from this process's checks, since the engine does not hand errors back."""

_NOTED: list[str] = []


def note(text: str) -> None:
    """For the history's entry of the update, besides what is printed."""
    _NOTED.append(text)


def noted() -> str:
    """All collected failures; empty if there are none."""
    return "\n".join(dict.fromkeys(_NOTED))
