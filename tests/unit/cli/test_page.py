"""The page: plain lines where nobody watches, running steps below the ended ones on a terminal."""

import contextlib
import io
import re

from cadrart_infra.cli.page import Page, elapsed

UP = "\x1b[1A\x1b[2K"


class Broken(io.StringIO):
    """A terminal that was closed."""

    def write(self, _text: str) -> int:
        raise OSError


def play(page: Page) -> None:
    page.line("switch: production blue → green")
    page.begin("a", "backend-green: new pods")
    page.say("a", "1 of 2 ready")
    page.begin("b", "frontend-green: new pods")
    page.end("b")
    page.end("a", failed=True)
    page.say("gone", "the gate passed")


def test_what_stands_on_the_page_is_known_by_its_first_line() -> None:
    page = Page(io.StringIO(), live=False)
    page.line("switch: production blue → green\n  last switched 38 s ago")
    assert page.has("switch: production blue → green\n  last switched 41 s ago")
    assert not page.has("switch: production green → blue\n  last switched 38 s ago")


def printed(stream: io.StringIO) -> list[str]:
    """The lines, whatever the times in them."""
    return re.sub(r"[0-9.]+ s", "SECONDS", stream.getvalue()).splitlines()


def test_a_step_ends_with_its_block_unless_that_fails() -> None:
    stream = io.StringIO()
    page = Page(stream, live=False)
    for key, fails in (("copy", False), ("load", True)):
        with contextlib.suppress(OSError), page.running(key, key) as say:
            say(f"{key} is half done")
            if fails:
                raise OSError
    assert printed(stream) == [
        " · copy",
        "   copy is half done",
        " ✓ copy  SECONDS",
        " · load",
        "   load is half done",
    ]


def test_plain_lines_have_no_control_characters() -> None:
    stream = io.StringIO()
    play(Page(stream, live=False))
    assert printed(stream) == [
        "switch: production blue → green",
        " · backend-green: new pods",
        "   1 of 2 ready",
        " · frontend-green: new pods",
        " ✓ frontend-green: new pods  SECONDS",
        " ✗ backend-green: new pods  SECONDS",
        "the gate passed",
    ]


def test_a_terminal_ends_with_the_same_page() -> None:
    """What a terminal shows: every `up and clear` takes the last line away again."""
    stream = io.StringIO()
    play(Page(stream, live=True))
    shown: list[str] = []
    for part in re.split(f"({re.escape(UP)})", stream.getvalue()):
        if part == UP:
            shown.pop()
        else:
            shown += part.splitlines()
    assert [re.sub(r"[0-9.]+ s", "SECONDS", line) for line in shown] == [
        "switch: production blue → green",
        " ✓ frontend-green: new pods  SECONDS",
        " ✗ backend-green: new pods  SECONDS",
        "the gate passed",
    ]


def test_a_running_step_shows_what_it_says() -> None:
    stream = io.StringIO()
    page = Page(stream, live=True)
    page.begin("a", "staging's copy")
    page.say("a", "copying client: 40% of all")
    assert "staging's copy" in stream.getvalue().rpartition(UP)[2]
    assert "copying client: 40% of all" in stream.getvalue().rpartition(UP)[2]


def test_a_closed_terminal_does_not_end_the_update() -> None:
    play(Page(Broken(), live=True))


def test_seconds_as_people_read_them() -> None:
    assert (elapsed(3.21), elapsed(245)) == ("3.2 s", "4 min 05 s")
