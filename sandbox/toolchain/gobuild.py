"""Builds the pinned Go modules into the cache, each once, whole or not at all."""

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.locks import one_at_a_time
from sandbox.paths import cache_root
from sandbox.progress import Progress, elapsed, tail
from sandbox.toolchain.cache import used
from sandbox.toolchain.recipes import GoRecipe, ModuleFile, cache_key

_OLDEST_GO = (1, 25)
_NEEDED_SPACE = 12 * 2**30
_REPORT_EVERY = 60.0
_FLAGS = (
    "-mod=readonly",
    "-trimpath",
    "-buildvcs=false",
    "-gcflags=all=-dwarf=false",  # nobody debugs these, and writing it takes an eighth of the compiler's time
)
_KEEP_BUILD_CACHE = "CADRART_KEEP_GO_CACHE"


def installed(recipe: GoRecipe) -> Path:
    """The folder of this recipe's binaries in the cache, built already or not."""
    return cache_root() / "toolchain" / f"{recipe.name}-{cache_key(recipe)}"


def missing(recipes: Sequence[GoRecipe]) -> list[GoRecipe]:
    """What is not in the cache; what is there counts as used now."""
    return [recipe for recipe in recipes if not used(installed(recipe))]


def build(recipes: Sequence[GoRecipe], progress: Progress) -> None:
    """Build what is missing, one after the other. Safe to interrupt: what is finished stays, the rest is removed."""
    if not missing(recipes):
        return
    with one_at_a_time("builder", progress, "builds the toolchain"):
        wanted = missing(recipes)
        _check_machine()
        scratch = _fresh_scratch()
        try:
            with _downloading(wanted[1:]):
                for number, recipe in enumerate(wanted, start=1):
                    _build_one(recipe, scratch, f"[{number}/{len(wanted)}] {recipe.title}", progress)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
            if os.environ.get(_KEEP_BUILD_CACHE) != "yes":
                shutil.rmtree(_build_cache(), ignore_errors=True)


@contextmanager
def _downloading(recipes: Sequence[GoRecipe]) -> Iterator[None]:
    """Fetches modules while others are compiled. What fails here fails again, with its log, when its turn comes."""
    fetches = [
        f"(cd {shlex.quote(str(recipe.source))} && go list -e -mod=readonly -deps {shlex.join(recipe.packages)})"
        for recipe in recipes
    ]
    process = subprocess.Popen(
        ["nice", "sh", "-c", "; ".join(fetches) or "true"],
        env=_go_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        _end_group(process)


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End a process that leads a group of its own, with all that it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _build_cache() -> Path:
    """Go's own build cache, private because it grows to many gigabytes and is of no use afterwards."""
    return cache_root() / "go-build"


def _fresh_scratch() -> Path:
    """A new folder for half-built things; those of a builder that was killed are removed."""
    building = cache_root() / "building"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    return building


def _check_machine() -> None:
    if shutil.which("go") is None:
        raise SandboxError(
            "The toolchain is built from Go modules, and `go` is not on PATH. Nothing was built.\n"
            f"Install Go {_OLDEST_GO[0]}.{_OLDEST_GO[1]} or newer and run the same command again."
        )
    answer = subprocess.run(["go", "env", "GOVERSION"], capture_output=True, text=True, check=True).stdout
    version = tuple(int(part) for part in answer.strip().removeprefix("go").split(".")[:2])
    if version < _OLDEST_GO:
        raise SandboxError(
            f"The toolchain needs Go {_OLDEST_GO[0]}.{_OLDEST_GO[1]} or newer, this is {answer.strip()}. "
            "Nothing was built."
        )
    free = shutil.disk_usage(cache_root()).free
    if free < _NEEDED_SPACE:
        raise SandboxError(
            f"{cache_root()} has {free / 2**30:.1f} GiB free; building the toolchain needs "
            f"{_NEEDED_SPACE / 2**30:.0f} GiB for a while. Nothing was built.\n"
            "Free some space, or set CADRART_CACHE to a folder on a larger disk."
        )


def _build_one(recipe: GoRecipe, scratch: Path, label: str, progress: Progress) -> None:
    started = time.monotonic()
    progress.line(f" · {label}: building")
    source = Path(tempfile.mkdtemp(prefix=f"{recipe.name}-source-", dir=scratch))
    output = Path(tempfile.mkdtemp(prefix=f"{recipe.name}-output-", dir=scratch))
    output.chmod(0o755)
    shutil.copytree(recipe.source, source, dirs_exist_ok=True)
    log = cache_root() / "log" / f"{recipe.name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("")
    for embedded in recipe.embedded:
        _copy_from_module(embedded, source, source, 0o644)
    command = ["go", "build", *_FLAGS, "-ldflags", recipe.ldflags, "-o", f"{output}/", *recipe.packages]
    _run_go(command, source, log, label, progress)
    for script in recipe.scripts:
        _copy_from_module(script, source, output, 0o755)
    _check_output(recipe, output)
    installed(recipe).parent.mkdir(parents=True, exist_ok=True)
    output.rename(installed(recipe))
    progress.line(f" ✓ {label} ({elapsed(time.monotonic() - started)})")


def _go_environment() -> dict[str, str]:
    """Static binaries, the same with and without a C compiler on the machine.

    The compiler collects its garbage less often: that takes a quarter of its time otherwise, and memory is not scarce.
    """
    return {"GOGC": "400", **os.environ, "GOCACHE": str(_build_cache()), "CGO_ENABLED": "0"}


def _copy_from_module(file: ModuleFile, source: Path, target: Path, mode: int) -> None:
    command = ["go", "mod", "download", "-json", file.module]
    listing = ["go", "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", file.module]
    for arguments in (command, listing):
        result = subprocess.run(
            arguments, cwd=source, env=_go_environment(), capture_output=True, text=True, check=False
        )
        if result.returncode != 0:
            raise SandboxError(f"`{' '.join(arguments)}` failed in {source}:\n{tail(result.stderr)}")
    copy = target / Path(file.path).name
    shutil.copyfile(Path(result.stdout.strip()) / file.path, copy)
    copy.chmod(mode)


def _run_go(command: list[str], source: Path, log: Path, label: str, progress: Progress) -> None:
    """Run the build in a process group of its own, so that nothing of it outlives an interruption."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            ["nice", *command],
            cwd=source,
            env=_go_environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        started = time.monotonic()
        try:
            while True:
                try:
                    returncode = process.wait(timeout=_REPORT_EVERY)
                    break
                except subprocess.TimeoutExpired:
                    progress.line(f"   {label}: still building ({elapsed(time.monotonic() - started)})")
        except BaseException:
            _end_group(process)
            raise
    if returncode != 0:
        raise SandboxError(
            f"Building {label} failed; nothing of it was installed. The log, {log}, ends:\n"
            f"{tail(log.read_text(errors='replace'))}"
        )


def _check_output(recipe: GoRecipe, output: Path) -> None:
    """A build that left a binary out must not be cached as complete."""
    expected = {*recipe.binaries, *(Path(script.path).name for script in recipe.scripts)}
    absent = expected - {path.name for path in output.iterdir()}
    if absent:
        raise SandboxError(f"The build of {recipe.title} made no {', '.join(sorted(absent))}.")
