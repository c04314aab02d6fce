"""GitHub's REST API, with the token of the running workflow."""

import json
import os
import re
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cadrart_infra.user_errors import UserError

BOT = "github-actions[bot]"
"""Who a workflow's own token is to GitHub: what others write is never taken for a workflow's."""
_SECONDS = 30


def is_own(found: Mapping[str, Any], marker: str) -> bool:
    """Whether a workflow wrote this comment or issue, and it begins with the marker: a person's means nothing."""
    return (found.get("body") or "").startswith(marker) and (found.get("user") or {}).get("login") == BOT


class GitHubError(UserError):
    """GitHub refused or did not answer; the text is what it said, without the token."""


@dataclass(frozen=True)
class Api:
    """One repository of GitHub. `token`: sent with every request, and never part of a message."""

    url: str
    repository: str
    token: str

    @classmethod
    def of_workflow(cls, environment: Mapping[str, str] = os.environ) -> "Api":
        """The repository of the running workflow."""
        return cls(
            environment.get("GITHUB_API_URL", "https://api.github.com"),
            environment.get("GITHUB_REPOSITORY", ""),
            environment.get("GITHUB_TOKEN", ""),
        )

    def get(self, path: str) -> Any:
        """One object of the repository; raises GitHubError."""
        return self._ask("GET", self._address(path))[0]

    def all(self, path: str) -> Iterator[dict[str, Any]]:
        """The objects of a list, from every page; raises GitHubError."""
        url = f"{self._address(path)}{'&' if '?' in path else '?'}per_page=100"
        while url:
            found, links = self._ask("GET", url)
            yield from found
            following = re.search(r'<([^>]+)>;\s*rel="next"', links)
            url = following[1] if following else ""

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Makes an object of the repository; raises GitHubError."""
        return self._ask("POST", self._address(path), body)[0]

    def patch(self, path: str, body: Mapping[str, Any]) -> Any:
        """Changes an object of the repository; raises GitHubError."""
        return self._ask("PATCH", self._address(path), body)[0]

    def _address(self, path: str) -> str:
        return f"{self.url}/repos/{self.repository}/{path}"

    def _ask(self, method: str, url: str, body: Mapping[str, Any] | None = None) -> tuple[Any, str]:
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
            raise GitHubError(f"GitHub refused {method} {url} with {error.code}: {said}") from None
        except (OSError, ValueError) as error:
            raise GitHubError(f"GitHub did not answer {method} {url}: {error}") from None
