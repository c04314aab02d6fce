import pytest

from cadrart_infra.server_variables import differences, is_value, read, size_in_bytes, statement, text_of


def test_the_file_is_read_back_as_it_was_written() -> None:
    variables = {"max_connections": "200", "innodb_buffer_pool_size": "256M", "sql_mode": "TRADITIONAL,ANSI"}
    assert text_of(variables).splitlines()[1] == "[mysqld]"
    assert read(text_of(variables)) == variables
    assert read("") == read(text_of({})) == {}


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
    assert statement("x", value) == expected


@pytest.mark.parametrize("value", ["", "a'b", 'a"b', "a\\b", "a\nb", "a#b", "a;b", "a`b", " a", "a "])
def test_a_value_that_a_file_or_a_statement_would_read_otherwise_is_none(value: str) -> None:
    assert not is_value(value)


def test_sizes() -> None:
    assert [size_in_bytes(value) for value in ("1", "2k", "3G", "ON", "1.5")] == [1, 2048, 3 << 30, None, None]
