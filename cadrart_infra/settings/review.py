"""Shops for pull requests."""

from typing import Annotated

from pydantic import Field

from cadrart_infra.settings.values import Cpu, Model, Size


class ReviewSettings(Model):
    """A shop for a pull request of an app ([reviews.md](reviews.md)). Its database is always masked."""

    hours: Annotated[int, Field(ge=1, le=8760)] = 72
    """Hours after the last push until it is removed, where nobody closes the pull request before."""
    most: Annotated[int, Field(ge=1)] = 3
    """How many there may be at once."""
    cpu_limit: Cpu = "1"
    """Limit of the processor time of its database server."""
    memory_limit: Size = "512Mi"
    """Limit of the memory of its database server."""
