"""`python -m sandbox.workflow_lint`: actionlint, with shellcheck, and zizmor over the workflow files."""

import os
import subprocess
import sys
from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.paths import REPOSITORY
from sandbox.progress import Progress
from sandbox.toolchain import gobuild, recipes


def main() -> int:
    """0: both have nothing to say. actionlint is built the first time, and kube-score for the tests that follow.

    Their time is limited, and a build may have to wait for the whole toolchain's.
    """
    try:
        gobuild.build([recipes.ACTIONLINT, recipes.KUBE_SCORE], Progress())
    except SandboxError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    programs = Path(sys.executable).parent
    environment = {**os.environ, "PATH": os.pathsep.join([str(programs), os.environ["PATH"]])}
    commands = (
        [str(gobuild.installed(recipes.ACTIONLINT) / "actionlint")],
        [str(programs / "zizmor"), "--offline", "--quiet", "--no-progress", "."],
    )
    found = [subprocess.run(command, cwd=REPOSITORY, env=environment, check=False).returncode for command in commands]
    return int(any(found))


if __name__ == "__main__":
    sys.exit(main())
