"""What is recorded of a backup, for the tests."""

from __future__ import annotations

import json
from typing import Any


def record(name: str = "20261123-215500-blue", **more: Any) -> str:
    return json.dumps(
        {
            **{"name": name, "database": "atelier-cadrart", "time": "2026-11-23T21:55:00+00:00", "server": "9.7.4"},
            **{"tables": 11, "events": 0, "bytes": 2_400_000, "sha256": "0" * 64},
            "serving": {"color": "blue", "images": {"backend-blue": "ghcr.io/shop/backend:1.0.0"}},
            **more,
        }
    )
