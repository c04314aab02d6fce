"""A preview as a comment of its pull request on GitHub: one for each stack, kept up to date."""

import json
import os
import re
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cadrart_infra.cli.engine import Outcome
from cadrart_infra.user_errors import UserError

_LONGEST = 60_000
"""Characters of a comment's text; GitHub takes 65,536."""
_LONGEST_SUMMARY = 1_000_000
"""Characters of a job's summary; GitHub takes a mebibyte."""
_SECONDS = 30


class CommentError(UserError):
    """GitHub did not take the comment; the text is what it answered."""


@dataclass(frozen=True)
class PullRequest:
    """A pull request, and how GitHub is reached."""

    api: str
    repository: str
    number: int
    token: str

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> "PullRequest | None":
        """The one that the running workflow is for; None outside of one."""
        event = environment.get("GITHUB_EVENT_PATH", "")
        number = json.loads(Path(event).read_text()).get("pull_request", {}).get("number") if event else None
        if number is None:
            return None
        return cls(
            environment.get("GITHUB_API_URL", "https://api.github.com"),
            environment["GITHUB_REPOSITORY"],
            int(number),
            environment.get("GITHUB_TOKEN", ""),
        )

    def publish(self, stack: str, text: str) -> None:
        """Makes the stack's comment, or brings the one that is there up to date; raises CommentError."""
        marker = f"<!-- cadrart preview of {stack} -->"
        body = {"body": f"{marker}\n{text}"}
        comments = f"{self.api}/repos/{self.repository}/issues/{self.number}/comments"
        for comment in self._all(f"{comments}?per_page=100"):
            if comment["body"].startswith(marker):
                self._ask("PATCH", f"{self.api}/repos/{self.repository}/issues/comments/{comment['id']}", body)
                return
        self._ask("POST", comments, body)

    def _all(self, url: str) -> Iterator[dict[str, Any]]:
        """The comments of every page."""
        while url:
            found, links = self._ask("GET", url)
            yield from found
            following = re.search(r'<([^>]+)>;\s*rel="next"', links)
            url = following[1] if following else ""

    def _ask(self, method: str, url: str, body: Mapping[str, str] | None = None) -> tuple[Any, str]:
        request = urllib.request.Request(
            url,
            method=method,
            data=json.dumps(body).encode() if body else None,
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                "X-GitHub-Api-Version": "2022-11-28",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
                return json.load(answer), answer.headers.get("Link", "")
        except urllib.error.HTTPError as error:
            said = error.read().decode(errors="replace")[:300]
            raise CommentError(f"GitHub refused {method} {url} with {error.code}: {said}") from None
        except (OSError, ValueError) as error:
            raise CommentError(f"GitHub did not answer {method} {url}: {error}") from None


def publish(stack: str, meaning: str, outcome: Outcome, diff: str) -> None:
    """A preview as the pull request's comment, and whole as the job's summary; outside of a workflow, nothing."""
    summary = os.environ.get("GITHUB_STEP_SUMMARY", "")
    if summary:
        with Path(summary).open("a") as file:
            file.write(comment_text(stack, meaning, outcome.changed, outcome.errors, diff, longest=_LONGEST_SUMMARY))
    pull_request = PullRequest.of()
    if pull_request:
        pull_request.publish(stack, comment_text(stack, meaning, outcome.changed, outcome.errors, diff))


def comment_text(
    stack: str, meaning: str, changed: Mapping[str, str], errors: list[str], diff: str, longest: int = _LONGEST
) -> str:
    """A preview as a comment: what it means first, which is always kept; the diff last, cut where it is too long."""
    told = f"### Preview of `{stack}`\n\n{_fenced(meaning)}\n\n"
    if errors:
        told += f"**It failed; nothing was changed.**\n\n{_fenced(chr(10).join(errors)[:8000])}\n\n"
    counts = ", ".join(f"{number} to {what}" for what, number in sorted(Counter(changed.values()).items()))
    told += (f"{counts}." if counts else "" if errors else "Nothing would be written.") + "\n"
    if not diff:
        return told
    room = longest - len(told) - 500
    cut = "\n\nCut; the whole is in the job's summary." if len(diff) > room else ""
    return f"{told}\n<details><summary>Diff</summary>\n\n{_fenced(diff[:room])}{cut}\n\n</details>\n"


def _fenced(text: str) -> str:
    """A block of text as it is: its fence is longer than any in the text."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"
