"""Why clients cannot log in although the password is right: TLS requirements, limits, more specific accounts.

No update repairs these, since somebody may have wanted them. Open connections go on, so they show late.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from cadrart_infra.accounts.statements import Access, Account
from cadrart_infra.mysql import sql

_ADDRESSES = "host REGEXP '[%/:]|^[0-9]' AND host NOT IN ('%', '127.0.0.1', '::1')"
"""Hosts that may match a pod's address: the server resolves no names, and no pod is on its own machine."""


def login_queries(users: Sequence[str]) -> list[str]:
    """The statements whose rows `login_problems` reads."""
    ours = f"FROM mysql.user WHERE host = '%' AND user IN ({sql.texts(users)})"
    return [
        f"SELECT 'by TLS', user, ssl_type {ours} AND ssl_type <> ''",
        f"SELECT 'counted', user, max_user_connections, max_questions + max_updates + max_connections {ours}",
        f"SELECT 'elsewhere', user, host FROM mysql.user WHERE user IN ({sql.texts(['', *users])}) AND {_ADDRESSES}",
    ]


def login_problems(access: Access, rows: Iterable[Sequence[str]], already: Collection[str] = ()) -> Iterator[str]:
    """A line for each problem, from the rows of `login_queries`; other rows are ignored.

    `already`: lines of other checks; an account that one of them names is left out.
    """
    for kind, *row in rows:
        match kind, row:
            case "by TLS", [user, wanted]:
                yield from _by_tls(access, user, wanted)
            case "counted", [user, at_once, hourly]:
                yield from _counted(access, user, int(at_once), int(hourly))
            case "elsewhere", [user, host]:
                account = sql.user_at(user, host)
                if not any(account in line for line in already):
                    yield _elsewhere(account)


def production_login_problems(access: Access, rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A line if production's account requires a certificate, which no pod has, so that nobody can log in."""
    for kind, *row in rows:
        if kind == "by TLS" and row[0] == access.user(Account.PRODUCTION) and row[1] != "ANY":
            yield from _by_tls(access, *row)


def _by_tls(access: Access, user: str, wanted: str) -> Iterator[str]:
    """A requirement of TLS: applications get none from the program; the sync reports its own problems."""
    account = sql.user_at_any_host(user)
    if wanted != "ANY":
        yield (
            f"The account {user} lets in only who shows a certificate (REQUIRE X509, or one of its parts), and this "
            "program gives nobody one: new pods are refused. Let them in without one as root: "
            f"ALTER USER {account} REQUIRE NONE;"
        )
    elif user != access.user(Account.SYNC):
        yield (
            f"The account {user} lets in only who speaks TLS (REQUIRE SSL), and this program sets no application up "
            f"for it: where its image does not do so by itself, new pods are refused. Let them in without, as root: "
            f"ALTER USER {account} REQUIRE NONE;"
        )


def _counted(access: Access, user: str, at_once: int, hourly: int) -> Iterator[str]:
    """Limits of the account; production may have one of its own, unless it is below staging's."""
    account = sql.user_at_any_host(user)
    if user == access.user(Account.PRODUCTION) and 0 < at_once < access.staging_connections:
        yield (
            f"The account {user} may have {at_once} connections at once, less than staging's: production's pods share "
            f"them, and one more is refused. Take the limit away as root: ALTER USER {account} WITH "
            "MAX_USER_CONNECTIONS 0;"
        )
    if hourly:
        yield (
            f"The account {user} is limited by the hour (MAX_QUERIES_PER_HOUR, MAX_UPDATES_PER_HOUR or "
            "MAX_CONNECTIONS_PER_HOUR), and is refused for the rest of it once it has had so many. Take the limits "
            f"away as root: ALTER USER {account} WITH MAX_QUERIES_PER_HOUR 0 MAX_UPDATES_PER_HOUR 0 "
            "MAX_CONNECTIONS_PER_HOUR 0;"
        )


def _elsewhere(account: str) -> str:
    return (
        f"The server has an account {account} besides, and lets clients in as the account whose host fits best: pods "
        "with an address that fits it get its password and its rights instead of the shop's, and are refused where "
        f"those are others. Where nobody else needs it, drop it as root: DROP USER {account};"
    )
