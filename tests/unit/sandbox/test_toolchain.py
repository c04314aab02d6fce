"""What is built, under which key, and what of the user's own is used instead."""

import io
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.errors import SandboxError
from sandbox.paths import ClusterPaths
from sandbox.progress import Progress
from sandbox.toolchain import gobuild, packages, recipes
from sandbox.toolchain import programs as toolchain
from sandbox.toolchain.recipes import GoRecipe, cache_key
from tests.go_thing import THING, thing_in

ALL = toolchain.needed_recipes(toolchain.UsersPulumi(folder=None, plugins={}))


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return thing_in(tmp_path, monkeypatch)


def test_the_key_is_stable(sources: Path) -> None:
    assert cache_key(THING) == cache_key(replace(THING))


@pytest.mark.parametrize("file", ["go.mod", "go.sum", "main.go", "new.go"])
def test_every_file_of_the_folder_changes_the_key(sources: Path, file: str) -> None:
    before = cache_key(THING)
    (sources / file).write_text("something else")
    assert cache_key(THING) != before


def test_the_flags_change_the_key(sources: Path) -> None:
    assert cache_key(replace(THING, ldflags="-s")) != cache_key(THING)
    assert cache_key(replace(THING, packages=("./other",))) != cache_key(THING)


def test_moving_text_from_one_file_to_the_next_changes_the_key(sources: Path) -> None:
    (sources / "go.mod").write_text("ab")
    (sources / "go.sum").write_text("c")
    before = cache_key(THING)
    (sources / "go.mod").write_text("a")
    (sources / "go.sum").write_text("bc")
    assert cache_key(THING) != before


@pytest.mark.parametrize("recipe", ALL, ids=lambda recipe: recipe.name)
def test_every_recipe_is_pinned(recipe: GoRecipe) -> None:
    module = (recipe.source / "go.mod").read_text()
    sums = (recipe.source / "go.sum").read_text()
    assert module.startswith(f"module cadrart.local/sandbox/{recipe.name}\n")
    assert " h1:" in sums
    assert ("." in recipe.packages) == (recipe.source / "main.go").exists()


def test_a_users_pulumi_is_used_with_its_plugins(tmp_path: Path) -> None:
    binaries, home = tmp_path / "bin", tmp_path / "home"
    plugin = home / "plugins" / f"resource-kubernetes-v{recipes.KUBERNETES_PROVIDER_VERSION}"
    plugin.mkdir(parents=True)
    binaries.mkdir()
    for name in ("pulumi", "pulumi-language-python"):
        (binaries / name).write_text("#!/bin/sh\n")
        (binaries / name).chmod(0o755)
    users = toolchain.users_pulumi({"PATH": str(binaries), "PULUMI_HOME": str(home)})
    assert users.folder == binaries
    assert users.plugins == {plugin.name: plugin}
    needed = toolchain.needed_recipes(users)
    assert recipes.PULUMI not in needed
    assert recipes.KUBERNETES_PROVIDER not in needed
    assert {recipes.COMMAND_PROVIDER, recipes.KUBERNETES} <= set(needed)


def test_a_pulumi_without_its_language_host_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "pulumi").write_text("#!/bin/sh\n")
    (tmp_path / "pulumi").chmod(0o755)
    users = toolchain.users_pulumi({"PATH": str(tmp_path), "PULUMI_HOME": str(tmp_path)})
    assert users.folder is None
    assert recipes.PULUMI in toolchain.needed_recipes(users)


def test_the_pulumi_of_a_sandbox_cluster_is_not_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster brought up from inside another one must not depend on it."""
    monkeypatch.setattr(toolchain, "CLUSTERS", tmp_path)
    paths = ClusterPaths("one", root=tmp_path)
    paths.binaries.mkdir(parents=True)
    for name in ("pulumi", "pulumi-language-python"):
        (paths.binaries / name).write_text("#!/bin/sh\n")
        (paths.binaries / name).chmod(0o755)
    plugin = paths.pulumi_home / "plugins" / f"resource-kubernetes-v{recipes.KUBERNETES_PROVIDER_VERSION}"
    plugin.mkdir(parents=True)
    environment = {"PATH": str(paths.binaries), "PULUMI_HOME": str(paths.pulumi_home)}
    assert toolchain.users_pulumi(environment) == toolchain.UsersPulumi(folder=None, plugins={})


def test_without_a_cluster_only_pulumi_is_built() -> None:
    needed = toolchain.needed_recipes(toolchain.UsersPulumi(None, {}), cluster=False)
    assert [recipe.name.startswith("pulumi") for recipe in needed] == [True] * 4


@pytest.fixture
def quiet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Progress:
    monkeypatch.setenv("CADRART_CACHE", str(tmp_path / "cache"))
    return Progress(io.StringIO())


def test_without_go_the_error_says_what_to_install(
    sources: Path, quiet: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SandboxError, match=r"Install Go \d"):
        gobuild.build([THING], quiet)


def test_missing_packages_are_named_to_who_is_not_root(quiet: Progress, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = packages.Package("some-package", "a-program-that-nobody-has")
    monkeypatch.setattr(packages, "PACKAGES", (wanted,))
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert packages.missing() == [wanted]
    with pytest.raises(SandboxError, match="some-package"):
        packages.install_missing(quiet)


@pytest.mark.parametrize("fails", [False, True])
def test_services_are_forbidden_only_while_packages_are_installed(
    fails: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = tmp_path / "policy-rc.d"
    monkeypatch.setattr(packages, "_POLICY", policy)
    try:
        with packages._no_services():
            assert subprocess.run([policy], check=False).returncode == 101
            if fails:
                raise SandboxError("the installation failed")
    except SandboxError:
        assert fails
    assert not policy.exists()


def test_a_policy_of_the_machine_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = tmp_path / "policy-rc.d"
    policy.write_text("the machine's own")
    monkeypatch.setattr(packages, "_POLICY", policy)
    with packages._no_services():
        assert policy.read_text() == "the machine's own"
    assert policy.read_text() == "the machine's own"
