"""What is printed for people goes on, whoever reads it."""

import io
import os
import subprocess
import sys

import pytest

from cadrart_infra import terminal

PRINTS = (
    "from cadrart_infra import terminal; [terminal.line(f'{n} done') for n in range(3)]; terminal.error_line('end')"
)


def test_a_reader_that_has_gone_breaks_nothing_off() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-c", PRINTS], stdout=writing, stderr=subprocess.PIPE, text=True, check=False
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (0, "end\n")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_streams_that_are_closed_from_the_beginning_are_nowhere_and_no_file_gets_their_numbers(closed: str) -> None:
    program = (
        "import os; from cadrart_infra import terminal; terminal.open_closed_streams(); terminal.line('a'); "
        "terminal.error_line('b'); terminal.answer(''); os._exit(os.open('/dev/null', os.O_RDONLY))"
    )
    command = ["sh", "-c", f'exec "$0" -c "$1" {closed}', sys.executable, program]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert 2 < done.returncode < 10, done.stderr


def test_what_a_full_disk_did_not_take_is_known() -> None:
    """And a reader that has gone wanted no more."""
    program = f"{PRINTS}; terminal.error_line(terminal.lost())"
    reading, writing = os.pipe()
    os.close(reading)
    said = []
    with open("/dev/full", "w") as full, open(writing, "w") as gone:
        for stream in (full, gone):
            done = subprocess.run(
                [sys.executable, "-c", program], stdout=stream, stderr=subprocess.PIPE, text=True, check=True
            )
            said.append(done.stderr)
    assert said == ["end\nNo space left on device\n", "end\n\n"]


def test_a_stream_of_fewer_characters_gets_what_it_can_have() -> None:
    kept = io.BytesIO()
    stream = io.TextIOWrapper(kept, encoding="latin-1")
    terminal.write(stream, "✓ déjà vu …\n")
    assert kept.getvalue().decode("latin-1") == "? déjà vu ?\n"
