"""What a staging sync is given, as Pulumi's state records it."""

from typing import Any

GIVEN: dict[str, Any] = {
    **{"namespace": "cadrart", "context": "", "address": "", "keepPrevious": True, "timeLimit": 3600.0},
    "stagingColor": "green",
    "images": {
        color: {"frontend": "ghcr.io/shop/frontend:1.0.0", "backend": "ghcr.io/shop/backend:1.0.0"}
        for color in ("blue", "green")
    },
    "databases": {"production": "shop", "staging": "shop-stg"},
    "masking": {"enabled": False, "columns": {}, "keep": []},
    "request": "",
    "restorePrevious": "",
    "onSwitch": False,
}


def released(color: str) -> dict[str, Any]:
    images = GIVEN["images"]
    return {**images, color: {**images[color], "backend": "ghcr.io/shop/backend:1.1.0"}}
