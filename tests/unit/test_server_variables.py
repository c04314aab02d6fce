import pytest

from cadrart_infra.server_variables import (
    by_hand_lines,
    differences,
    file_text,
    is_value,
    moved_lines,
    moved_on_server,
    set_by_hand,
    set_statement,
    size_in_bytes,
    variables_in,
)


def test_the_file_is_read_back_as_it_was_written() -> None:
    variables = {"max_connections": "200", "innodb_buffer_pool_size": "256M", "sql_mode": "TRADITIONAL,ANSI"}
    assert file_text(variables).splitlines()[1] == "[mysqld]"
    assert variables_in(file_text(variables)) == variables
    assert variables_in("") == variables_in(file_text({})) == {}


def test_what_differs_is_set_and_what_is_gone_goes_back_to_its_default() -> None:
    assert differences({"a": "1", "b": "2", "c": "3"}, {"a": "1", "b": "9", "d": "4"}) == {
        "b": "9",
        "c": None,
        "d": "4",
    }


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("200", "SET GLOBAL x = 200"),
        ("-1", "SET GLOBAL x = -1"),
        ("0.5", "SET GLOBAL x = 0.5"),
        ("256M", "SET GLOBAL x = 268435456"),  # a statement knows no units
        ("ON", "SET GLOBAL x = 'ON'"),
        (None, "SET GLOBAL x = DEFAULT"),
    ],
)
def test_a_statement_has_the_value_as_its_kind_wants_it(value: str | None, expected: str) -> None:
    assert set_statement("x", value) == expected


@pytest.mark.parametrize("value", ["", "a'b", 'a"b', "a\\b", "a\nb", "a#b", "a;b", "a`b", " a", "a "])
def test_a_value_that_a_file_or_a_statement_would_read_otherwise_is_none(value: str) -> None:
    assert not is_value(value)


def test_sizes() -> None:
    assert [size_in_bytes(value) for value in ("1", "2k", "3G", "ON", "1.5")] == [1, 2048, 3 << 30, None, None]


KEPT = {
    "cadrart.cnf": file_text({"max_connections": "200", "tmp_table_size": "5000"}),
    "taken": "tmp_table_size = 4096\n",
}


def test_a_value_that_the_server_rounded_is_no_change_and_another_one_is() -> None:
    wanted = {"max_connections": "200", "tmp_table_size": "5000"}
    assert (
        moved_on_server(KEPT, wanted, {"max_connections": "10", "tmp_table_size": "4096"}) == {}
    )  # the one was never noted
    away = moved_on_server(KEPT, wanted, {"tmp_table_size": "8192"})
    assert away == {"tmp_table_size": "5000"}
    assert moved_lines(away, {"tmp_table_size": "8192"}) == ["tmp_table_size: 8192 on the server now → 5000"]
    assert (
        moved_on_server(KEPT, {"tmp_table_size": "6000"}, {"tmp_table_size": "8192"}) == {}
    )  # a change of the stack's own
    assert moved_on_server(KEPT, wanted, {}) == {}


def test_a_variable_of_nobody_s_is_reported_with_the_command_that_keeps_it() -> None:
    found = set_by_hand(
        KEPT, {"max_connections": "200"}, {"max_connections": "9", "sql_mode": "ANSI", "read_only": "1"}
    )
    assert found == {"sql_mode": "ANSI"}
    (line,) = by_hand_lines(found, [])
    assert line.endswith("To keep it: pulumi config set --path database.settings.sql_mode -- 'ANSI'")
    assert set_by_hand({**KEPT, "taken": "sql_mode = ANSI\n"}, {}, {"sql_mode": "ANSI"}) == {}  # this program set it


def test_a_variable_that_no_setting_can_have_and_one_that_was_persisted_are_reported() -> None:
    first, second = by_hand_lines({"init_connect": "SET @a = 'b'"}, ["max_connections"])
    assert "Set it back as root" in first
    assert second.endswith("Take it away as root: RESET PERSIST max_connections;")
