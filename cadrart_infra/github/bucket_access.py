"""A job's access to the state's bucket: `python3 -m cadrart_infra.github.bucket_access FILE ROLE SERVICE`.

FILE gets the configuration by which Amazon's SDK asks for the keys (`bucket_keys`); an empty SERVICE is Amazon's. They
are asked for once here, where nothing hides what is wrong.
"""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from cadrart_infra.github.api import GitHubError
from cadrart_infra.github.bucket_keys import NoBucketKeys, bucket_keys

AMAZON = "https://sts.amazonaws.com"
_PROGRAM = Path(__file__).resolve().parents[2]


def main(arguments: Sequence[str] | None = None) -> int:
    """0: the file is ready; 1: there are no keys, and standard error says why."""
    name, role, service = sys.argv[1:] if arguments is None else arguments
    service = service or AMAZON
    try:
        bucket_keys(role, service)
    except (GitHubError, NoBucketKeys) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    Path(name).write_text(configuration(role, service))
    return 0


def configuration(role: str, service: str) -> str:
    """What the SDK reads: a program, whose words the shell takes apart."""
    program = [sys.executable, "-m", "cadrart_infra.github.bucket_keys", role, service]
    return f"[default]\ncredential_process = {shlex.join(['env', f'PYTHONPATH={_PROGRAM}', *program])}\n"


if __name__ == "__main__":
    sys.exit(main())
