"""Which stack Pulumi works on: the one that the environment names, or the one that was selected in this checkout."""

import contextlib
import json
import subprocess
from collections.abc import Mapping

from cadrart_infra.history.checkout import FOLDER

OPTION = "PULUMI_OPTION_"
"""With a flag's name in capitals behind it, the environment variable that Pulumi takes for a flag that is not given."""


def named_in(environment: Mapping[str, str]) -> str:
    """Empty where it names none; where two variables do, the flag's counts."""
    return environment.get(f"{OPTION}STACK") or environment.get("PULUMI_STACK", "")


def ask_for_selected_stack(program: str = "pulumi") -> str:
    """What `pulumi stack select` chose, as `program` prints it; empty where nothing, or where there is no program."""
    return (_answer(program, "--show-name") or "").strip()


def exists(name: str) -> bool | None:
    """Whether Pulumi has a stack of this name in this project; None if it does not say."""
    with contextlib.suppress(ValueError):
        if (listed := _answer("pulumi", "ls", "--json")) is not None:
            return name in {str(one["name"]).rpartition("/")[2] for one in json.loads(listed)}
    return None


def _answer(program: str, *arguments: str) -> str | None:
    """What `pulumi stack …` prints; None where it refuses, or where there is no program."""
    command = [program, "--non-interactive", "stack", *arguments]
    with contextlib.suppress(OSError):
        done = subprocess.run(command, cwd=FOLDER, capture_output=True, encoding="utf-8", check=False)
        return done.stdout if done.returncode == 0 else None
    return None
