"""Which stacks a change touches."""

import subprocess
from pathlib import Path

import pytest

from cadrart_infra.github.stacks import NoHistory, stacks, touched


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (["Pulumi.prod.yaml"], ["prod"]),
        (["cadrart_infra/shop.py"], ["demo", "prod"]),
        (["requirements.txt", "Pulumi.demo.yaml"], ["demo", "prod"]),
        (["policy/pack.py"], ["demo", "prod"]),
        (["docs/cadrart_infra/notes.md", "README.md", "requirements-dev.txt"], []),
    ],
)
def test_the_program_touches_all_and_settings_touch_their_own(changed: list[str], expected: list[str]) -> None:
    assert touched(["demo", "prod"], changed) == expected


def test_only_stacks_with_settings_in_git_count(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init", "--quiet", "--initial-branch=main")
    for name in ("Pulumi.prod.yaml", "Pulumi.shop.eu.yaml", "Pulumi.yaml"):
        (tmp_path / name).write_text("{}")
    git("add", ".")
    git("commit", "--quiet", "-m", "first")
    (tmp_path / "Pulumi.local.yaml").write_text("{}")
    assert stacks(tmp_path) == ["prod", "shop.eu"]
    assert stacks(tmp_path, "HEAD") == []
    with pytest.raises(NoHistory, match="Nothing was changed"):
        stacks(tmp_path, "no-such-commit")
