"""docs/errors.md as a text."""

from collections.abc import Iterator
from pathlib import Path
from textwrap import fill

from cadrart_infra.error_reference.messages import VARIES, messages
from cadrart_infra.error_reference.remedies import SECTIONS, Section
from cadrart_infra.error_reference.sources import FOLDER, Sources

PAGE: Path = FOLDER.parent / "docs" / "errors.md"
_INTRODUCTION = f"""\
# What each error means

Every error says what was wrong, where, what was left untouched and what to do. Here they are all, with what else
helps. To find one, search for a few of its words; `{VARIES}` stands for what differs from case to case. A text that
begins in lower case stands inside another one. An error with a traceback is none of these: a fault of the program.

This page is made from the code by `make docs`.
"""


def page(sources: Sources) -> str:
    """The whole page."""
    texts = messages(sources)
    return "\n".join([_INTRODUCTION, *(line for one in SECTIONS for line in _section(one, sources, texts))])


def _section(section: Section, sources: Sources, texts: dict[str, list[str]]) -> Iterator[str]:
    yield f"## {section.title}\n"
    yield fill(f"**What to do.** {section.remedy}", 120, break_long_words=False, break_on_hyphens=False) + "\n"
    for name in section.errors:
        yield f"- {' '.join(sources.errors[name].meaning.split())}"
        yield from (f"  - {_shown(text)}" for text in texts[name])
    yield ""


def _shown(text: str) -> str:
    """As code, so that no sign in it means anything else."""
    fence = "``" if "`" in text else "`"
    return f"{fence}{' ' if '`' in text else ''}{text}{' ' if '`' in text else ''}{fence}"
