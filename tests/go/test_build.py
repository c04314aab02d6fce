"""A build by the real compiler: whole or not at all."""

import io
from pathlib import Path

import pytest

from sandbox.errors import SandboxError
from sandbox.progress import Progress
from sandbox.toolchain import gobuild
from tests.go_thing import THING, thing_in


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CADRART_CACHE", str(tmp_path / "cache"))
    return thing_in(tmp_path, monkeypatch)


def test_it_is_installed_whole_and_the_compilers_cache_removed(sources: Path) -> None:
    gobuild.build([THING], Progress(io.StringIO()))
    assert [path.name for path in gobuild.installed(THING).iterdir()] == ["thing"]
    assert gobuild.missing([THING]) == []
    cache = gobuild.installed(THING).parent.parent
    assert not (cache / "go-build").exists()
    assert not (cache / "building").exists()


def test_one_that_fails_installs_nothing_and_shows_its_log(sources: Path) -> None:
    # Found before anything is compiled: the compiler's cache is empty, and the runtime alone takes seconds.
    (sources / "main.go").write_text('package main\n\nimport _ "nonsense"\n\nfunc main() {}\n')
    with pytest.raises(SandboxError, match="nonsense"):
        gobuild.build([THING], Progress(io.StringIO()))
    assert gobuild.missing([THING]) == [THING]
    assert not (gobuild.installed(THING).parent.parent / "go-build").exists()
