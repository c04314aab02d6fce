"""What the pages say to type besides `cadrart`, and what they name, is there: settings, targets, files, functions."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from cadrart_infra.settings.reference import settings

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
PACKAGES = ("cadrart_infra", "sandbox", "policy", "tests", "benchmarks")
MODULES = [path.relative_to(ROOT) for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
MODULES.append(Path("__main__.py"))
WORKFLOWS = ROOT / ".github/workflows"
KEYS = {one.key for _, group in settings() for one in group}
GROUPS = {key.partition(".")[0] for key in KEYS if "." in key}
_CODE = re.compile(r"```\w*\n(.*?)```|`([^`\n]+)`", re.DOTALL)
_SET = re.compile(r"pulumi config (?:set|rm) (?:--path )?'?([\w.\[\]<>-]+)")
_KEY = re.compile(r"^([a-z]+\.[a-zA-Z.]+)$")
_TARGET = re.compile(r"(?:^|\s)make ([a-z-]+)")
_RUN = re.compile(r"gh workflow run ([\w-]+\.yaml)((?: -f [^ `|]+)*)")
_FILE = re.compile(
    r"^((?:cadrart_infra|tests|deploy|policy|sandbox|benchmarks|\.ci|\.github|docs)/[\w./-]*)(?:::\w+)?$"
)
_MODULE = re.compile(r"^((?:\w+/)*\w+\.py)$")
_MEMBER = re.compile(r"^([a-z_]+)\.([A-Za-z_]+)(?:\(.*\))?$")
_NOT_KEYS = re.compile(r"\.(yaml|yml|md|py|json|svg|sh|com|crt|in|txt|pem|example|stage|log)$|^images\.")


def code(page: Path) -> Iterator[str]:
    """What stands in code on a page: whole blocks, and what is in backquotes."""
    for block, span in _CODE.findall(page.read_text()):
        yield block or span


def is_known(key: str) -> bool:
    """A key, a group of them, or something below a mapping or list."""
    plain = re.sub(r"\[\d+\]|<[^>]*>", "", key).rstrip(".")
    shortened = [".".join(plain.split(".")[:length]) for length in range(1, plain.count(".") + 2)]
    return plain in GROUPS or any(one in KEYS for one in shortened) or any(one.startswith(f"{plain}.") for one in KEYS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_setting_that_a_page_names_is_one(page: Path) -> None:
    set_by = [key for text in code(page) for key in _SET.findall(text) if key.isidentifier() or "." in key]
    named = [key for text in code(page) for key in _KEY.findall(text) if key.partition(".")[0] in GROUPS]
    assert [key for key in (*set_by, *named) if not _NOT_KEYS.search(key) and key != "KEY" and not is_known(key)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_target_of_make_that_a_page_names_is_there(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    sentences = page.name == "errors.md"  # in which "make" is a word as others
    assert sentences or {name for text in code(page) for name in _TARGET.findall(text)} <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_workflow_that_a_page_begins_takes_what_it_is_given(page: Path) -> None:
    for text in code(page):
        for name, given in _RUN.findall(text):
            assert set(re.findall(r"-f (\w+)=", given)) <= inputs(name), name


def inputs(name: str) -> set[str]:
    """What a workflow may be begun with by hand."""
    document: dict[Any, Any] = yaml.safe_load((WORKFLOWS / name).read_text())
    begun = document[True]["workflow_dispatch"] or {}  # `on` is a word for true
    return set(begun.get("inputs") or {})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_of_the_repository_that_a_page_names_is_there(page: Path) -> None:
    named = {path for text in code(page) for path in _FILE.findall(text)}
    assert {path for path in named if not (ROOT / path).exists()} == set()


def test_every_module_that_a_page_names_is_there() -> None:
    """Also by its name alone, or from its room on, as the page about the architecture has it."""
    named = {Path(name).parts for page in PAGES for text in code(page) for name in _MODULE.findall(text)}
    assert {name for name in named if not any(one.parts[-len(name) :] == name for one in MODULES)} == set()


def test_everything_of_a_room_that_a_page_names_is_there() -> None:
    spans = {text for page in PAGES for text in code(page) if not _NOT_KEYS.search(text)}
    named = {found for text in spans for found in _MEMBER.findall(text) if not is_known(".".join(found))}
    assert {(room, name) for room, name in named if definitions(room) and name not in definitions(room)} == set()


@cache
def definitions(room: str) -> frozenset[str]:
    """What is defined in a room, with the fields and methods of its classes; nothing where there is no such room."""
    inside = [ROOT / one for one in MODULES if one.parts[0] == "cadrart_infra" and Path(one.parts[1]).stem == room]
    pattern = re.compile(r"^ *(?:def |class )?(\w+)(?:\(|:| =)", re.MULTILINE)
    return frozenset(name for module in inside for name in pattern.findall(module.read_text()))


@pytest.mark.parametrize(
    ("pattern", "named"),
    [
        (_SET, "activeColor"),
        (_KEY, "promotion.watch"),
        (_TARGET, "demo"),
        (_RUN, ("switch.yaml", " -f color=green -f leaves=blue")),
        (_FILE, "policy/"),
        (_MODULE, "components/workload_pod.py"),
        (_MEMBER, ("naming", "proxy_selector")),
    ],
)
def test_what_the_pages_name_is_found(pattern: re.Pattern[str], named: object) -> None:
    """Without this, a pattern that finds nothing any more would let every page pass."""
    assert named in {found for page in PAGES for text in code(page) for found in pattern.findall(text)}


def test_every_dependency_has_its_line_in_the_record() -> None:
    record = (ROOT / "docs/adr/0004-dependencies.md").read_text()
    pinned = re.findall(
        r"^([\w-]+).*==", "".join(one.read_text() for one in ROOT.glob("requirements*.in")), re.MULTILINE
    )
    assert {"pulumi", "ruff"} <= set(pinned)
    assert [name for name in pinned if name not in record and not name.startswith("types-")] == []
