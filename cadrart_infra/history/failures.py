"""What kept this update from its end, as the checks of this process found it: the engine does not hand errors back."""

_NOTED: list[str] = []


def note(text: str) -> None:
    """For the history's entry of the update, besides what is printed."""
    _NOTED.append(text)


def noted() -> str:
    """All of it; empty where no check of this process found anything."""
    return "\n".join(dict.fromkeys(_NOTED))
