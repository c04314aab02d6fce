"""The stack's `database.settings`: as names, as a configuration file, and as statements (pure).

The file holds what the server has accepted, or is about to be started with: a container that restarts by itself reads
it again, so a setting that nobody asked the server about would be found out in an outage.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

FILE = "cadrart.cnf"
WAITING = "waiting"
"""Key of the ConfigMap: what the server can take over only when it starts."""
TAKEN = "taken"
"""Key of the ConfigMap: what the server made of the values that it was given, which it may have rounded."""
BEFORE = "before"
"""Key of the ConfigMap while a restart runs: the file that a restart is taken back to."""

OWNED = frozenset(
    {"basedir", "bind_address", "datadir", "pid_file", "port", "secure_file_priv", "skip_grant_tables"}
    | {"skip_networking", "socket", "user"}
)
"""What the shop's own image, volume and Service rely on."""

LOCKS_OUT = frozenset({"init_file", "innodb_force_recovery", "innodb_read_only", "offline_mode"})
"""For an administrator who repairs a server by hand: production would be down with them."""

_SHOWN = 100
_DEFAULT, _OWN = "DEFAULT", "the server's default"
_NAME = re.compile(r"[a-z][a-z0-9_]{1,63}")
_VALUE = re.compile(r"[A-Za-z0-9_.,:/=%@+-]([A-Za-z0-9_.,:/=%@+ -]*[A-Za-z0-9_.,:/=%@+-])?")
_READ_ONLY = ("read_only", "super_read_only")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_SIZE = re.compile(r"([0-9]+)([KMGT])", re.IGNORECASE)
_FOREIGN = re.compile(r"[0-9.]+([A-Za-z]{2,}|[eE][+-]?[0-9]+|[^KMGTPEkmgtpe0-9.:,/=%@+ _-])")
_POWERS = {"K": 10, "M": 20, "G": 30, "T": 40}

Variables = Mapping[str, str]


def variable_name(key: str) -> str:
    """The variable's name: the option `max-connections` and the variable `max_connections` are one."""
    return key.replace("-", "_").lower()


def is_name(name: str) -> bool:
    """Whether a server's variable can have this name."""
    return bool(_NAME.fullmatch(name))


def is_value(value: str) -> bool:
    """Whether a value means the same in a file and in a statement: no quotes, comments or line ends."""
    return bool(_VALUE.fullmatch(value))


def has_foreign_unit(value: str) -> bool:
    """Whether it is a number with another unit than the server's K, M, G, T, P, E, or with an exponent: 512Mi, 1e3."""
    return bool(_FOREIGN.fullmatch(value))


def is_read_only(variables: Variables) -> bool:
    """Whether these want a server that takes no writes."""
    return any(variables.get(name, "").upper() in ("1", "ON", "TRUE") for name in _READ_ONLY)


def file_text(variables: Variables) -> str:
    """The text of the server's settings file."""
    return f"# Written by pulumi up from database.settings.\n[mysqld]\n{taken_text(variables)}"


def variables_in(text: str) -> dict[str, str]:
    """The variables of a file that `file_text` made, or of lines like its."""
    lines = (line.partition(" = ") for line in text.splitlines() if " = " in line)
    return {name: value for name, _, value in lines}


def differences(before: Variables, after: Variables) -> dict[str, str | None]:
    """What has to change, by name; None for a variable that goes back to the server's own default."""
    names = sorted({*before, *after})
    return {name: after.get(name) for name in names if before.get(name) != after.get(name)}


def set_statement(name: str, value: str | None) -> str:
    """What changes a running server."""
    return f"SET GLOBAL {name} = {'DEFAULT' if value is None else _literal(value)}"


def size_in_bytes(value: str) -> int | None:
    """A number or a size like 256M in bytes; None for any other value."""
    if match := _SIZE.fullmatch(value):
        return int(match[1]) << _POWERS[match[2].upper()]
    return int(value) if value.isdigit() else None


def untried_changes(kept: Mapping[str, str], wanted: Variables) -> dict[str, str | None]:
    """What differs from the file and was not tried on the running server yet; `kept` is the ConfigMap's data."""
    tried = variables_in(kept.get(WAITING, ""))
    return {name: value for name, value in _left(kept, wanted).items() if tried.get(name) != (value or _DEFAULT)}


def changes_for_restart(kept: Mapping[str, str], wanted: Variables) -> dict[str, str | None]:
    """What differs from the file, and the running server cannot take over."""
    left, new = _left(kept, wanted), untried_changes(kept, wanted)
    return {name: value for name, value in left.items() if name not in new}


def moved_on_server(kept: Mapping[str, str], wanted: Variables, now: Variables) -> dict[str, str]:
    """Variables of the stack that have another value by now than the server had made of it, with that of the stack.

    `now`: what the server says. Somebody set them by hand, or it began without the file.
    """
    taken, file = variables_in(kept.get(TAKEN, "")), variables_in(kept.get(FILE, ""))
    return {
        name: value
        for name, value in wanted.items()
        if file.get(name) == value and name in taken and name in now and now[name] != taken[name]
    }


def moved_lines(changes: Variables, now: Variables) -> list[str]:
    """The same for people, a line each."""
    return [f"{name}: {now[name] or 'empty'} on the server now → {value}" for name, value in changes.items()]


def set_by_hand(kept: Mapping[str, str], wanted: Variables, while_running: Variables) -> dict[str, str]:
    """Variables that somebody set while the server runs, and that the stack says nothing of."""
    taken = variables_in(kept.get(TAKEN, ""))
    return {
        name: value
        for name, value in sorted(while_running.items())
        if name not in wanted and name not in _READ_ONLY and taken.get(name) != value
    }


def by_hand_lines(found: Variables, persisted: Iterable[str]) -> Iterator[str]:
    """What to say of variables that somebody set on the running server, and of those that were kept there for good."""
    for name, value in found.items():
        keep = f"pulumi config set --path database.settings.{name} -- '{value}'" if is_value(value) else ""
        then = f"To keep it: {keep}" if keep and name not in OWNED else "Set it back as root, or restart the server."
        yield (
            f"The database server has {name} = {value[:_SHOWN] or 'an empty value'}, which a statement has set while "
            f"it runs, and which its next start forgets. {then}"
        )
    for name in persisted:
        yield (
            f"The database server keeps a value of {name} that somebody persisted (SET PERSIST): at a start it goes "
            f"before database.settings. Take it away as root: RESET PERSIST {name};"
        )


def taken_text(variables: Variables) -> str:
    """The text of the ConfigMap's key TAKEN: a line for each variable."""
    return "".join(f"{name} = {value}\n" for name, value in sorted(variables.items()))


def waiting_text(variables: Mapping[str, str | None]) -> str:
    """The text of the ConfigMap's key WAITING: a line for each variable, also for one that goes back to its default."""
    return taken_text({name: value or _DEFAULT for name, value in variables.items()})


def described_changes(kept: Mapping[str, str], changes: Mapping[str, str | None]) -> list[str]:
    """Changes for people, a line each."""
    before = variables_in(kept.get(FILE, ""))
    return [f"{name}: {before.get(name, _OWN)} → {value or _OWN}" for name, value in changes.items()]


def _left(kept: Mapping[str, str], wanted: Variables) -> dict[str, str | None]:
    return differences(variables_in(kept.get(FILE, "")), wanted)


def _literal(value: str) -> str:
    if _NUMBER.fullmatch(value):
        return value
    size = size_in_bytes(value)
    return f"'{value}'" if size is None else str(size)
