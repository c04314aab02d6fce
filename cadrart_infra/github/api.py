"""GitHub's REST API, with the token of the running workflow."""

import json
import math
import os
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException
from typing import Any

from cadrart_infra.user_errors import UserError

BOT = "github-actions[bot]"
"""Who a workflow's own token is to GitHub: what others write is never taken for a workflow's."""
_SECONDS = 30
_PAUSES = (2.0, 6.0, 20.0)
"""Seconds before each further attempt, where GitHub names none itself."""
_LONGEST_PAUSE = 120.0
"""Seconds: a limit that ends later is reported, and not waited for."""
_LIMITED, _AWAY = (403, 429), (500, 502, 503, 504)
"""Of a limit on requests, and of a server that is in trouble."""
_LOCKED = "is locked"
"""Of a pull request or an issue whose conversation takes no comment; with the status of a missing permission."""
_REMEDIES = {
    401: "Give the job the token of its workflow: GITHUB_TOKEN: ${{ github.token }}.",
    403: "Give the job, or the token, the permission that it lacks (`permissions` in the workflow's file).",
    404: "Look whether the repository is named as it is, and whether the token may see it.",
}
"""What to do about a refusal; about another one: wait."""


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
        """What GitHub answers, and its Link; asked again where it is in trouble, or says when to."""
        for pause in (*_PAUSES, None):
            try:
                with urllib.request.urlopen(self._request(method, url, body), timeout=_SECONDS) as answer:
                    return json.load(answer), answer.headers.get("Link", "")
            except urllib.error.HTTPError as error:
                wait = _pause(error, method, pause)
                if wait is None:
                    raise GitHubError(f"GitHub refused {method} {url} with {error.code}: {_said(error)}") from None
            except (OSError, HTTPException, ValueError) as error:
                wait = None if method == "POST" else pause
                if wait is None:
                    raise GitHubError(
                        f"GitHub did not answer {method} {url}: {error}. Run the job again when it does."
                    ) from None
            time.sleep(wait)
        raise AssertionError("the last attempt returns or raises")

    def _request(self, method: str, url: str, body: Mapping[str, Any] | None) -> urllib.request.Request:
        return urllib.request.Request(
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


def _pause(error: urllib.error.HTTPError, method: str, pause: float | None) -> float | None:
    """Seconds until the same is asked again; None: never. What may have been done is not asked for twice."""
    if pause is None:
        return None
    limited = _limited_for(error)
    if limited is not None:
        return limited if limited <= _LONGEST_PAUSE else None
    if error.code == HTTPStatus.TOO_MANY_REQUESTS:
        return pause
    return pause if error.code in _AWAY and method != "POST" else None


def _limited_for(error: urllib.error.HTTPError) -> float | None:
    """Seconds until a limit on requests ends, as GitHub names it in one of two ways; None: it names none."""
    if error.code not in _LIMITED:
        return None
    after, ends = error.headers.get("Retry-After", ""), error.headers.get("X-RateLimit-Reset", "")
    if after.isdigit():
        return float(after)
    used_up = error.headers.get("X-RateLimit-Remaining") == "0"
    return max(1.0, float(ends) - time.time()) if used_up and ends.isdigit() else None


def _said(error: urllib.error.HTTPError) -> str:
    """What GitHub said, and what to do about it."""
    text = error.read().decode(errors="replace")[:300]
    limited = _limited_for(error)
    if limited is not None:
        remedy = f"It takes no more requests now. Run the job again in {math.ceil(limited / 60)} minutes."
    elif _LOCKED in text:
        remedy = "Unlock the conversation on its page, and run the job again."
    else:
        remedy = "" if error.code == 422 else _REMEDIES.get(error.code, "Run the job again when GitHub is well.")
    return f"{text}\n{remedy}".rstrip()
