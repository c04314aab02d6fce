"""The links of the documents lead somewhere, and no two records of a decision share a number."""

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [page.relative_to(ROOT) for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"))]
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
LINK_TO_A_PART = re.compile(r"\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)")


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_between_documents_leads_to_a_file(page: Path) -> None:
    folder = (ROOT / page).parent
    missing = [link for link in LINK.findall((ROOT / page).read_text()) if not (folder / link).exists()]
    assert not missing


@cache
def parts(page: Path) -> set[str]:
    """The headings of a page as GitHub names them in an address: apostrophes and the like are left out."""
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    headings = [re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", one) for one in re.findall(r"^#+ (.+)$", text, re.MULTILINE)]
    return {re.sub(r"[^\w -]", "", one.strip().lower()).replace(" ", "-") for one in headings}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_to_a_part_of_a_page_leads_to_a_heading(page: Path) -> None:
    whole = ROOT / page
    found = [
        ((whole.parent / link).resolve() if link else whole, part)
        for link, part in LINK_TO_A_PART.findall(whole.read_text())
    ]
    assert [(to.name, part) for to, part in found if to.suffix == ".md" and part not in parts(to)] == []


def test_every_decision_has_a_number_of_its_own() -> None:
    records = [page for page in PAGES if page.parent == Path("docs/adr")]
    numbers = Counter(page.name[:4] for page in records)
    assert [number for number, count in numbers.items() if count > 1] == []
    for page in records:
        assert (ROOT / page).read_text().startswith(f"# {int(page.name[:4])}. ")
