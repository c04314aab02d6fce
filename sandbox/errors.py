"""The one exception of this package that a user is meant to read."""


class SandboxError(Exception):
    """What was wrong, where, what was left as it was, and what to do next."""
