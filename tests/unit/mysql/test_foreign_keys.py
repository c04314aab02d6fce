"""Foreign keys as SHOW CREATE TABLE writes them."""

from __future__ import annotations

import pytest

from cadrart_infra.mysql.foreign_keys import keys_led_to

_WITHIN = "FOREIGN KEY (`id`, `x`) REFERENCES %s`van``ished` (`id`, `y`) ON DELETE CASCADE"
_ACROSS = "FOREIGN KEY (`g`) REFERENCES %s`v` (`id`)"
_LINES = ("`id` int", f"CONSTRAINT `a``b` {_WITHIN % ''}", f"CONSTRAINT `k` {_ACROSS % '`ot``her`.'}")
_STATEMENT = "CREATE TABLE `c` (\n  {}\n) ENGINE=InnoDB".format(",\n  ".join(_LINES))


@pytest.mark.parametrize(
    ("schema", "parent", "name", "line"), [("", "van`ished", "a`b", _WITHIN), ("ot`her", "v", "k", _ACROSS)]
)
def test_those_that_are_meant_get_another_database(schema: str, parent: str, name: str, line: str) -> None:
    found = list(keys_led_to("ho`me", _STATEMENT, lambda *leads: leads == (schema, parent)))
    assert found == [(name, line % "`ho``me`.")]
