"""The server's errors as neutral ones: which case, and a sentence without a word about who asked."""

from __future__ import annotations

import re

import pymysql
import pytest

from cadrart_infra.mysql import error_numbers, errors

OF_CALLERS = ("sync", "staging", "production", "restore", "backup", "untouched", "again")


CASES = [
    (1045, "Access denied for user 'x'@'y' (using password: YES)", errors.AccessDenied),
    (1142, "DROP command denied to user 'x'@'y' for table 't'", errors.RightMissing),
    (1114, "The table 't' is full", errors.NoRoom),
    (1030, 'Got error 168 "Unknown (generic) error from engine" from storage engine InnoDB', errors.NoRoom),
    (1030, 'Got error 122 "Internal (unspecified) error in handler" from storage engine', errors.Refused),
    (2013, "Lost connection to MySQL server during query", errors.ConnectionLost),
    (4031, "The client was disconnected by the server because of inactivity.", errors.ConnectionLost),
    (1040, "Too many connections", errors.ConnectionsUsedUp),
    (1819, "Your password does not satisfy the current policy requirements", errors.PasswordRefused),
    (1205, "Lock wait timeout exceeded; try restarting transaction", errors.LockWait),
    (1226, "User 'x' has exceeded the 'max_questions' resource (current value: 20)", errors.AccountLimited),
    (1812, "Tablespace is missing for table `a`.`b`.", errors.FileMissing),
    (1814, "Tablespace has been discarded for table `b`.", errors.FileMissing),
    (182, "Invalid InnoDB FTS Doc ID", errors.FullTextNumberRefused),
    (145, "Table './a/b' is marked as crashed and should be repaired", errors.TableCrashed),
    (1025, "Error on rename of './a/b' to './c/b' (errno: 155 - …)", errors.FileMissing),
    (1025, "Error on rename of './a/b' to './c/b' (errno: 152 - …)", errors.Refused),
    (3032, "The server is currently in offline mode", errors.Offline),
    (1577, "Cannot proceed, because event scheduler is disabled", errors.EventsHidden),
    (1836, "Running in read-only mode", errors.ReadOnly),
    (1290, "The MySQL server is running with the --read-only option so it cannot execute this", errors.ReadOnly),
    (1290, "The MySQL server is running with the --secure-file-priv option so it cannot", errors.Refused),
    (1290, "The MariaDB server is running with the NO_ENGINE_SUBSTITUTION option so", errors.SettingForbids),
    (1173, "This table type requires a primary key", errors.SettingForbids),
    (1665, "Cannot execute statement: impossible to write to binary log since", errors.SettingForbids),
    (3161, "Storage engine MyISAM is disabled (Table creation is disallowed).", errors.SettingForbids),
    (4082, "Connection closed. Connection memory limit 2097152 bytes exceeded.", errors.SettingForbids),
    (1005, 'Can\'t create table `a`.`b` (errno: 165 "Table is read only")', errors.ReadOnly),
    (1036, "Table 'generation' is read only", errors.ReadOnly),
    (1015, "Can't lock file (errno: 165 - Table is read only)", errors.ReadOnly),
    (1184, "Aborted connection 5 to db: 'x' user: 'y' (init_connect command failed)", errors.InitConnectFailed),
    (1184, "Aborted connection 5 to db: 'x' user: 'y' (Got timeout reading packets)", errors.ConnectionLost),
    (1064, "You have an error in your SQL syntax", errors.Refused),
]


@pytest.mark.parametrize(("number", "text", "case"), CASES)
def test_each_number_has_its_case(number: int, text: str, case: type[errors.DatabaseError]) -> None:
    error = error_numbers.neutral(pymysql.OperationalError(number, text))

    assert type(error) is case
    assert error.number == number
    assert f"({number}) {text}" in error.explained(doing="copying")
    assert "while copying" in error.explained(doing="copying")


@pytest.mark.parametrize(("number", "text", "case"), CASES)
def test_what_client_programs_print_is_known_as_well(number: int, text: str, case: type[errors.DatabaseError]) -> None:
    printed = f"ERROR {number} (HY000) at line 3: {text}"
    listed = {each for _, _, each in CASES} - {errors.Refused}
    known = {each for each in listed if re.search(error_numbers.as_client_prints(each), printed)}

    assert case in known or (case is errors.Refused and not known)


def test_an_error_without_a_number_is_a_lost_connection() -> None:
    error = error_numbers.neutral(pymysql.InterfaceError(0, ""))

    assert isinstance(error, errors.ConnectionLost)
    assert isinstance(error, errors.Retryable)


def test_no_case_speaks_of_its_callers() -> None:
    cases = [case for base in (errors.Refused, errors.Retryable) for case in (base, *base.__subclasses__())]

    assert len(cases) > 8
    for case in cases:
        said = str(case("(1) x", doing="doing it"))
        assert not [word for word in OF_CALLERS if word in said.lower()], said


def test_the_caller_s_sentences_follow_the_server_s() -> None:
    error = errors.NoRoom("(1114) The table is full", number=1114)

    assert error.explained("Nothing was changed.", "Enlarge it.", doing="writing").endswith(
        "while writing: (1114) The table is full. Nothing was changed. Enlarge it."
    )
    assert error.explained("Nothing was changed.", what="The copy stopped").startswith("The copy stopped: (1114)")


def test_a_step_that_the_error_knows_itself_wins() -> None:
    error = error_numbers.neutral(pymysql.OperationalError(2003, "Can't connect"), "connecting to db:3306")

    assert "while connecting to db:3306" in error.explained(doing="copying")


def test_named_objects_stand_in_lines_of_their_own() -> None:
    error = errors.ObjectsRefused("\n  view a: (1) x\n  view b: (2) y")

    assert error.explained("Nothing was changed.").splitlines()[1:] == [
        "  view a: (1) x",
        "  view b: (2) y.",
        "Nothing was changed.",
    ]


@pytest.mark.parametrize(
    ("number", "text", "said"),
    [
        (
            1062,
            "Duplicate entry 'anna's\n@x.example-1' for key 'client.mail'",
            "Duplicate entry '…' for key 'client.mail'",
        ),
        (
            1366,
            "Incorrect integer value: 'anna' for column 'n' at row 1",
            "Incorrect integer value: '…' for column 'n' at",
        ),
        (1292, "Truncated incorrect DOUBLE value: 'anna'", "Truncated incorrect DOUBLE value: '…'"),
        (1411, "Incorrect datetime value: 'anna' for function str_to_date", "'…' for function str_to_date"),
        (1231, "Variable 'time_zone' can't be set to the value of 'x'", "set to the value of 'x'"),
    ],
)
def test_nothing_that_the_server_quotes_of_a_row_is_said(number: int, text: str, said: str) -> None:
    error = error_numbers.neutral(pymysql.MySQLError(number, text))
    assert said in str(error)
    assert "anna" not in str(error)
