"""`python -m cadrart_infra`: the daily jobs, one command each."""

import sys
from importlib.util import find_spec

_PYTHON = (3, 11)
_PACKAGES = ("pulumi", "pydantic", "pymysql", "tenacity", "yaml")

lacking = [name for name in _PACKAGES if find_spec(name) is None]
if lacking or sys.version_info < _PYTHON:
    lack = "has no {}".format(", ".join(lacking)) if lacking else "is older than {}.{}".format(*_PYTHON)
    sys.exit(
        f"error: This Python, {sys.executable}, {lack}, which the program needs; nothing was changed. Use that of the "
        "checkout's virtual environment: .venv/bin/python -m cadrart_infra. Where there is none yet: pulumi install"
    )

from cadrart_infra.cli import main  # noqa: E402 (it needs all of them)

sys.exit(main())
