"""The links of the documents lead somewhere, and no two records of a decision share a number."""

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [page.relative_to(ROOT) for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"))]
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_between_documents_leads_to_a_file(page: Path) -> None:
    folder = (ROOT / page).parent
    missing = [link for link in LINK.findall((ROOT / page).read_text()) if not (folder / link).exists()]
    assert not missing


def test_every_decision_has_a_number_of_its_own() -> None:
    records = [page for page in PAGES if page.parent == Path("docs/adr")]
    numbers = Counter(page.name[:4] for page in records)
    assert [number for number, count in numbers.items() if count > 1] == []
    for page in records:
        assert (ROOT / page).read_text().startswith(f"# {int(page.name[:4])}. ")
