"""The Kubernetes objects of a shop with the default settings, as they were declared when they were last looked at.

`python -m tests.unit.declared` records them again after a change that is wanted; its diff shows what pods will restart.
"""

import json
import re
from pathlib import Path
from typing import Any

from tests.unit.program import Program, run

RECORD = Path(__file__).with_name("declared.json")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00")


def objects(shop: Program) -> str:
    """What is sent to the cluster, object by object; the time of a turn is left out."""
    found: dict[str, Any] = {key: shop[key].inputs for key in sorted(shop) if "apiVersion" in shop[key].inputs}
    return _TIME.sub("a time", json.dumps(found, indent=1, sort_keys=True)) + "\n"


if __name__ == "__main__":
    RECORD.write_text(objects(run()))
