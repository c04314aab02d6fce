"""Every error for a user is on docs/errors.md, with every text that it may have and its remedy."""

import ast
import functools
from collections import Counter
from typing import Any

import pytest

from cadrart_infra.error_reference.messages import messages
from cadrart_infra.error_reference.page import PAGE, page
from cadrart_infra.error_reference.remedies import SECTIONS
from cadrart_infra.error_reference.sources import Module, Sources

PLACED = Counter(name for section in SECTIONS for name in section.errors)
the_program = functools.cache(Sources)


def test_the_page_is_what_the_code_says() -> None:
    said = page(the_program())
    assert PAGE.read_text() == said, "an error's text has changed: make docs, and read what docs/errors.md says of it"


def test_every_class_of_errors_has_one_remedy() -> None:
    assert set(PLACED) == set(the_program().errors)
    assert [name for name, times in PLACED.items() if times > 1] == []


def test_every_place_that_raises_one_has_a_text_or_is_an_answer_of_something_else() -> None:
    """Whoever raises one without a text of the program hands on what kubectl, a Job or the API server said."""
    sources = the_program()
    nothing = {f"{raised.module.name}:{raised.kind}" for raised in sources.raised if not raised.arguments}
    assert nothing == set()
    assert sum(map(len, messages(sources).values())) > 200


ONE_MODULE = """
from cadrart_infra.user_errors import UserError
class UserError(Exception):
    \"\"\"For users.\"\"\"
class Mine(UserError):
    \"\"\"Of this module.\"\"\"
_REMEDY = "Do this or that instead"
def check(name, found):
    raise Mine(_refusal(name, found))
def _refusal(name, found):
    lines = [f"the part {one} is wrong" for one in found]
    return f"The thing {name} is not there. " + _REMEDY + "\\n".join(lines)
"""


def sources_of(text: str) -> Sources:
    return Sources({"cadrart_infra.one": Module("cadrart_infra.one", ast.parse(text))})


def test_a_text_is_found_through_functions_constants_and_lists() -> None:
    found = messages(sources_of(ONE_MODULE))["Mine"]
    assert found == [
        "Do this or that instead",
        "The thing … is not there. …",
        "the part … is wrong",
    ]


@pytest.mark.parametrize(
    "added",
    [
        'def other():\n    raise Mine("Another thing has happened here.")\n',
        'class Other(UserError):\n    """Of another kind."""\n',
    ],
)
def test_what_is_added_to_the_code_and_not_to_the_page_is_noticed(added: str) -> None:
    before, after = sources_of(ONE_MODULE), sources_of(ONE_MODULE + added)
    assert (before.errors.keys(), messages(before)) != (after.errors.keys(), messages(after))


def test_a_question_to_the_server_is_no_text() -> None:
    text = ONE_MODULE.replace("raise Mine(_refusal(name, found))", 'raise Mine(name.ask("SELECT this from that one"))')
    assert messages(sources_of(text))["Mine"] == []


def test_a_class_says_what_it_means() -> None:
    without: dict[str, Any] = {name: one for name, one in the_program().errors.items() if not one.meaning}
    assert without == {}
