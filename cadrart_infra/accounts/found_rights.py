"""The rights that the program's accounts have on the server, compared with those that they should have.

Connections that are open may not notice a right that is gone: it shows when the next pod, or the next sync, begins.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from cadrart_infra.accounts import roles
from cadrart_infra.accounts.statements import (
    Access,
    Account,
    connections_of,
    rights_on_routines,
    wanted_rights,
)
from cadrart_infra.mysql import sql
from cadrart_infra.mysql.rights import ALL, ALL_PRIVILEGES

_ANY = "*"
_HARMLESS = {Account.SYNC: ("EXECUTE", "LOCK TABLES")}
"""Somebody may have given these to whoever reads all of a database; a view that a backup reads may need the first."""


@dataclass
class FoundRights:
    """The rights as the server has them.

    `rights`: by account, schema (as a grant names it, unquoted) and table, `*` for every one of them. `connections`:
    how many an account may have at once, 0 for any number. `beside`: the rights of accounts of these names at other
    hosts, and of those without a name, as (account, schema, right); also whom an account may become.
    """

    rights: dict[tuple[str, str, str], set[str]] = field(default_factory=dict)
    connections: dict[str, int] = field(default_factory=dict)
    beside: list[tuple[str, str, str]] = field(default_factory=list)
    by_role: list[tuple[str, ...]] = field(default_factory=list)
    """As (account, given role, role, schema, table, right), see `role_questions`."""
    is_mariadb: bool = False

    @staticmethod
    def read(rows: Iterable[Sequence[str]]) -> FoundRights:
        """From the rows of `rights_queries`; other rows are ignored."""
        found = FoundRights()
        for kind, *row in rows:
            match kind, row:
                case "right", [user, schema, table, right]:
                    found.rights.setdefault((user, schema, table), set()).add(right)
                case "connections", [user, most]:
                    found.connections[user] = int(most)
                case "beside", [account, schema, right]:
                    found.beside.append((account, schema, right))
                case roles.BY_ROLE, _:
                    found.by_role.append(tuple(row))
                case "version", [version]:
                    found.is_mariadb = "mariadb" in version.lower()
        return found

    def on(self, user: str, schema: str) -> set[str]:
        """The rights on a schema as a grant names it, or table as `schema.table`, and those on everything."""
        schema, _, table = schema.partition(".")
        places = ((user, schema, table or _ANY), (user, schema, _ANY), (user, _ANY, _ANY))
        return set().union(*(self.rights.get(place, set()) for place in places))


def rights_queries(users: Sequence[str]) -> list[str]:
    """The statements whose rows `FoundRights.read` reads."""
    has = f"WHERE grantee IN ({sql.texts(map(sql.user_at_any_host, users))})"
    right = "SELECT 'right', SUBSTRING(grantee, 2, CHAR_LENGTH(grantee) - 6)"  # of 'name'@'%'
    return [
        f"{right}, table_schema, '{_ANY}', privilege_type FROM information_schema.schema_privileges {has}",
        f"{right}, '{_ANY}', '{_ANY}', privilege_type FROM information_schema.user_privileges {has} "
        "AND privilege_type <> 'USAGE'",
        f"{right}, table_schema, table_name, privilege_type FROM information_schema.table_privileges {has}",
        f"SELECT 'connections', user, max_user_connections FROM mysql.user "
        f"WHERE host = '%' AND user IN ({sql.texts(users)})",
        "SELECT 'version', VERSION()",
        *_beside(users),
        *roles.role_questions(users),
    ]


def _beside(users: Sequence[str]) -> list[str]:
    """Finds accounts of the same or no name at other hosts: a client logs in as the one whose host fits best."""
    named = " OR ".join(
        f"grantee LIKE {sql.text(sql.literal_pattern(sql.string(user)) + '@%')}" for user in ("", *users)
    )
    where = f"WHERE ({named}) AND grantee NOT IN ({sql.texts(map(sql.user_at_any_host, users))})"
    return [
        f"SELECT 'beside', grantee, table_schema, privilege_type FROM information_schema.schema_privileges {where}",
        f"SELECT 'beside', grantee, table_schema, privilege_type FROM information_schema.table_privileges {where}",
        f"SELECT 'beside', grantee, '{_ANY}', privilege_type FROM information_schema.user_privileges {where} "
        "AND privilege_type <> 'USAGE'",
        f"SELECT 'beside', CONCAT(QUOTE(user), '@', QUOTE(host)), '{_ANY}', "
        "CONCAT('PROXY ON ', QUOTE(proxied_user), '@', QUOTE(proxied_host)) FROM mysql.proxies_priv "
        f"WHERE user IN ({sql.texts(users)})",
    ]


def wrong_rights(access: Access, account: Account, found: FoundRights) -> Iterator[str]:
    """A line for each place whose rights or limits an update repairs."""
    user = access.user(account)
    wanted = dict(wanted_rights(access, account))
    if account is Account.SYNC:
        wanted |= [rights_on_routines(mariadb=found.is_mariadb)]
    for place, given in wanted.items():
        has = found.on(user, place)
        if lacks := [right for right in (ALL_PRIVILEGES if given == ALL else given) if right not in has]:
            yield f"account {user} lacks {_listed(lacks)} on {_plain(place)}"
    for place, more in foreign_rights(access, account, found):
        yield f"account {user} has {_listed(more)} on {_plain(place).removesuffix('.*')}"
    most = connections_of(access, account)
    if most and found.connections.get(user, most) != most:
        yield f"account {user} may have {found.connections[user] or 'any number of'} connections instead of {most}"


def foreign_rights(access: Access, account: Account, found: FoundRights) -> Iterator[tuple[str, list[str]]]:
    """The quoted places where an account has rights on the other environment, and those rights."""
    other = access.staging if account is Account.PRODUCTION else access.production
    allowed = {*wanted_rights(access, account).get(sql.bare_grant_pattern(other), ()), *_HARMLESS.get(account, ())}
    for (user, schema, table), has in sorted(found.rights.items()):
        if user != access.user(account) or schema == _ANY or not sql.grant_matches(schema, other):
            continue
        if more := sorted(has.difference(allowed)):
            yield f"{sql.name(schema)}.{table if table == _ANY else sql.name(table)}", more


def unrevoked_rights(access: Access, account: Account, found: FoundRights) -> Iterator[str]:
    """A line for each right on the other environment that no update revokes."""
    yield from on_everything(access, account, found)
    if account is Account.SYNC:  # each sync looks at what it may do
        return
    other = access.staging if account is Account.PRODUCTION else access.production
    names = (access.user(account), *([""] if account is Account.STAGING else []))
    yield from _by_role(access.user(account), other, found)
    has = dict[str, list[str]]()
    for beside, schema, right in found.beside:
        if beside[1:].split("'@'")[0] in names and (schema == _ANY or sql.grant_matches(schema, other)):
            has.setdefault(beside, []).append(right)
    for beside, given in has.items():
        proxies = [right for right in given if right.startswith("PROXY")]
        back = proxies if proxies == given else [*proxies, "ALL PRIVILEGES, GRANT OPTION"]
        yield (
            f"The account {beside} has rights that reach {other} ({', '.join(sorted(set(given)))}), and the server "
            f"gives them to {access.user(account)}: it lets a client in as the account whose host fits best, and gives "
            "everybody what an account without a name has. Take them back as root: "
            + " ".join(f"REVOKE {right} FROM {beside};" for right in back)
        )


def _by_role(user: str, other: str, found: FoundRights) -> Iterator[str]:
    """A line for each role through which an application reaches the other environment's database."""
    reached = dict[tuple[str, str], set[str]]()
    for has, given, role, schema, table, right in found.by_role:
        if has == user and (schema == _ANY or sql.grant_matches(schema, other)):
            place = ".".join(one if one == _ANY else sql.name(one) for one in (schema, table))
            reached.setdefault((given, "") if given else (role, place), set()).add(right)
    for (role, place), rights_there in reached.items():
        listed = ", ".join(sorted(rights_there))
        back = f"{listed} ON {place} FROM {role}" if place else f"{role} FROM {sql.user_at_any_host(user)}"
        yield (
            f"The account {user} has the role {role}, and through it rights that reach {other} ({listed}). Take them "
            f"back as root: REVOKE {back};"
        )


def on_everything(access: Access, account: Account, found: FoundRights) -> Iterator[str]:
    """A line for an application with rights on every database, which no update revokes.

    The statement names each: MySQL's REVOKE ALL ON *.* takes those on the account's own database as well.
    """
    user = access.user(account)
    has = sorted(found.rights.get((user, _ANY, _ANY), ()))
    if has and account is not Account.SYNC:
        yield (
            f"The account {user} has rights on every database ({', '.join(has)}). An application may have rights on "
            "its own database only. Take them back as root; those on its own database stay: "
            f"REVOKE {', '.join(has)} ON *.* FROM {sql.user_at_any_host(user)};"
        )


def _plain(place: str) -> str:
    return "every database" if place == _ANY else place.replace("\\", "").replace("`", "")


def _listed(found: Sequence[str]) -> str:
    return "all rights" if set(found) >= set(ALL_PRIVILEGES) else ", ".join(found)
