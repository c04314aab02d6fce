"""A switch with a backup, and what is recorded of one and compared with it, for the tests of this folder."""

from __future__ import annotations

import contextlib
import json
from typing import Any, ClassVar

from cadrart_infra.backup.errors import NotTheSame
from cadrart_infra.backup.operations import CompareWith

SWITCH = {
    **{"namespace": "cadrart", "context": "", "database": "atelier-cadrart"},
    **{"switchFrom": "blue", "activeColor": "green", "keep": 5.0, "timeLimit": 1800.0},
}


def record(name: object = "20261123-215500-blue", **more: Any) -> str:
    return json.dumps(
        {
            **{"name": name, "database": "atelier-cadrart", "time": "2026-11-23T21:55:00+00:00", "server": "9.7.4"},
            **{"tables": 11, "events": 0, "bytes": 2_400_000, "sha256": "0" * 64},
            "serving": {"color": "blue", "images": {"backend-blue": "ghcr.io/shop/backend:1.0.0"}},
            **more,
        }
    )


class Heard:
    """A comparison that comes to this when the Job has loaded the backup."""

    variables: ClassVar[dict[str, str]] = {"VERIFY": "load"}

    def __init__(self, *reasons: str, altered: bool = False) -> None:
        self._reasons, self._loaded, self._altered = reasons, False, altered

    def heard(self, line: str) -> None:
        self._loaded |= line == "loaded"

    def require_same(self) -> None:
        if self._reasons and self._loaded:
            raise NotTheSame(self._reasons)

    def altered(self) -> bool:
        return self._altered


def comparing(*reasons: str) -> CompareWith:
    return lambda *_: contextlib.nullcontext(Heard(*reasons))
