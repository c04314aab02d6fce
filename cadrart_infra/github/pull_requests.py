"""The comment that a workflow keeps up to date in a pull request, and the pull requests that a commit came from."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cadrart_infra.github.api import Api, is_own
from cadrart_infra.github.event import workflow_event

PREVIEW = "<!-- cadrart preview of {} -->"
"""What a preview's comment begins with: the program and the stack."""


@dataclass(frozen=True)
class PullRequest:
    """A pull request of a repository, by its number."""

    api: Api
    number: int

    @classmethod
    def of_workflow(cls, environment: Mapping[str, str] = os.environ) -> "PullRequest | None":
        """The one that the running workflow is for; None outside of one."""
        number = workflow_event(environment).get("pull_request", {}).get("number")
        return None if number is None else cls(Api.of_workflow(environment), int(number))

    def keep_comment(self, marker: str, text: str) -> None:
        """Makes the comment that begins with `marker`, or brings the one that is there up to date."""
        body = {"body": f"{marker}\n{text}"}
        for comment in self._own_comments(marker):
            self.api.patch(f"issues/comments/{comment['id']}", body)
            return
        self.api.post(f"issues/{self.number}/comments", body)

    def comment(self, marker: str) -> str:
        """The text of that comment; empty where there is none."""
        return next((comment["body"] for comment in self._own_comments(marker)), "")

    def previewed(self) -> Iterator[str]:
        """The stacks that a workflow's comment has the preview of."""
        begin, _, end = map(re.escape, PREVIEW.partition("{}"))
        for comment in self._own_comments(PREVIEW.partition("{}")[0]):
            if found := re.match(rf"{begin}[\w-]+/([\w.-]+){end}", comment["body"]):
                yield found[1]

    def _own_comments(self, marker: str) -> Iterator[dict[str, Any]]:
        """Of a workflow alone: a person's comment with the same marker approves nothing."""
        return (one for one in self.api.all(f"issues/{self.number}/comments") if is_own(one, marker))


def merged_with(api: Api, commit: str) -> Iterator[PullRequest]:
    """The merged pull requests that a commit of the main branch came from; none for one that was pushed by hand."""
    for found in api.all(f"commits/{commit}/pulls"):
        if found["merged_at"]:
            yield PullRequest(api, int(found["number"]))
