"""Judges the health answers of a release in a rehearsal, as the gate judges a pod."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence

from cadrart_infra.cluster.errors import ApiError, ClusterError
from cadrart_infra.health import health_problem, pod_url, schema_problem
from cadrart_infra.rehearsal.release import Release

_ANSWER = re.compile(r"rehearsal-answer (?P<path>/\S*) (?P<status>\d+) (?P<body>[A-Za-z0-9+/=]*)")
"""A line that says what was answered: the path, the status, the body in base64."""


def answers_problem(release: Release, lines: Sequence[str]) -> str:
    """What is wrong with the answers in the log's `lines`; empty where nothing is."""
    found = filter(None, map(_ANSWER.fullmatch, lines))
    answers = {_url(release, one["path"]): (int(one["status"]), _text(one["body"])) for one in found}

    def ask(url: str) -> str:
        if url not in answers:
            raise ClusterError("it was not asked")
        status, body = answers[url]
        if status // 100 != 2:
            raise ApiError(status, body)
        return body

    spec, who = release.spec, release.name
    health, _ = health_problem(ask, spec, who, _url(release, spec.health_path), release.database)
    return health or (schema_problem(ask, "", spec, who) if spec.schema_path else "")


def is_answer(line: str) -> bool:
    """Whether a line is for the program, not for people."""
    return _ANSWER.fullmatch(line) is not None


def _text(body: str) -> str:
    return base64.b64decode(body).decode(errors="replace")


def _url(release: Release, path: str) -> str:
    return pod_url("", release.spec, release.name, path)
