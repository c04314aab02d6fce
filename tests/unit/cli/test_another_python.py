"""A command that is typed outside of the checkout's virtual environment."""

import subprocess
import sys


def test_a_python_without_the_packages_is_told_which_one_has_them() -> None:
    command = [sys.executable, "-S", "-m", "cadrart_infra", "status"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: This Python, {sys.executable}, has no pulumi, ")
    assert "Use that of the checkout's virtual environment: .venv/bin/python -m cadrart_infra" in done.stderr
