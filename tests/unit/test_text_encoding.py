"""Text goes in and out as UTF-8: with ISO-8859-1, as some users' machines have it, a password would be another one."""

import re
from pathlib import Path

_BY_LOCALE = re.compile(r"\btext=True|\.read_text\(\)|\.open\(\"[arwx]\"\)")


def test_no_text_is_read_or_sent_in_the_user_s_own_encoding() -> None:
    found = [str(path) for path in Path("cadrart_infra").rglob("*.py") if _BY_LOCALE.search(path.read_text("utf-8"))]
    assert found == []
