"""The rules, one subject a module. A message names the object and the key, never a value: it could be a secret."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from policy.resources import Resource


@dataclass(frozen=True)
class Rule:
    """What must never be declared. `each` looks at one resource, before it is written; `whole` compares several."""

    name: str
    description: str
    each: Callable[[Resource], Iterator[str]] | None = None
    whole: Callable[[Sequence[Resource]], Iterator[tuple[Resource, str]]] | None = None

    def violations(self, resources: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
        """What this rule finds in a whole stack: the resource, and what is wrong with it."""
        if self.each:
            yield from ((resource, message) for resource in resources for message in self.each(resource))
        if self.whole:
            yield from self.whole(resources)
