"""Checks the sync account's grants: enough for a whole copy, and nothing that changes production."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.errors import Refused
from cadrart_infra.mysql.rights import OWNER_RIGHTS, READER_RIGHTS, SERVER_S_OWN
from cadrart_infra.mysql.schema import schema_exists
from cadrart_infra.mysql.session import Session
from cadrart_infra.staging_sync.errors import UNTOUCHED, MissingGrants, UnsafeAccount, UnsupportedServer
from cadrart_infra.staging_sync.schemas import Schemas

_OWN = (
    *("SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER", "INDEX", "REFERENCES", "CREATE VIEW"),
    *("SHOW VIEW", "TRIGGER", "CREATE ROUTINE", "ALTER ROUTINE", "EXECUTE", "EVENT"),
)
_CHANGES = ("INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER", "INDEX", "CREATE VIEW", "CREATE ROUTINE")
_ALL = ("ALL", "ALL PRIVILEGES")

_GRANT = re.compile(
    r"^GRANT (?P<rights>.+?) ON (?:(?:TABLE|FUNCTION|PROCEDURE|PACKAGE(?: BODY)?) )?"
    r"(?P<schema>\*|`(?:[^`]|``)*`)\.(?P<table>\*|`(?:[^`]|``)*`) TO (?:.*(?P<on> WITH GRANT OPTION)$)?"
)
_PROXY = re.compile(r"^GRANT PROXY ON (?P<account>.+?) TO ")
_ROLE = re.compile(r"^GRANT (?P<roles>`.+?`(?:@`.*?`)?(?:,`.+?`(?:@`.*?`)?)*) TO ")


@dataclass(frozen=True)
class Grant:
    """Rights on everything (`*`), on the schemas a pattern matches, or on one table or routine."""

    rights: frozenset[str]
    schema: str
    table: str

    def gives(self, right: str, schema: str, table: str = "*") -> bool:
        """True when the right holds on the whole schema, or on the one table asked for."""
        if right not in self.rights and not self.rights.intersection(_ALL):
            return False
        return self.table in ("*", table) and (self.schema == "*" or sql.grant_matches(self.schema, schema))


def parse_grants(lines: Iterable[str]) -> list[Grant]:
    """The grants in what SHOW GRANTS answers; lines of other kinds are left out."""
    grants = []
    for match in filter(None, (_GRANT.match(line) for line in lines)):
        without_columns = re.sub(r"\([^)]*\)", "", match["rights"])
        rights = {right.strip().upper() for right in without_columns.split(",")}
        rights |= {"GRANT OPTION"} if match["on"] else set()
        grants.append(Grant(frozenset(rights), sql.unquoted(match["schema"]), sql.unquoted(match["table"])))
    return grants


def read_grants(session: Session) -> list[Grant]:
    """The account's own grants and those of the roles it was given, whether they are switched on or not."""
    return parse_grants(_shown_grants(session))


def _shown_grants(session: Session) -> list[str]:
    lines = session.column("SHOW GRANTS")
    roles = [match["roles"] for match in filter(None, (_ROLE.match(line) for line in lines))]
    if session.server.is_mariadb:
        lines += _grants_of_roles(session, roles)
    elif roles:
        lines = session.column(f"SHOW GRANTS FOR CURRENT_USER() USING {', '.join(roles)}")
    return lines


def _proxied(lines: Iterable[str]) -> list[str]:
    """The accounts that this one may become, as a right each."""
    return [f"PROXY ON {match['account']}" for match in filter(None, map(_PROXY.match, lines))]


def _grants_of_roles(session: Session, roles: Sequence[str]) -> list[str]:
    """MariaDB shows an account those of the one role that is switched on, and of the roles that this one has."""
    before = session.value("SELECT CURRENT_ROLE()")
    lines: list[str] = []
    for role in dict.fromkeys(roles):
        with suppress(Refused):  # a role of a role: its grants come with that one's
            session.run(f"SET ROLE {role}")
            lines += session.column("SHOW GRANTS")
    session.run(f"SET ROLE {sql.name(str(before)) if before else 'NONE'}")
    return lines


def require_privileges(session: Session, schemas: Schemas) -> None:
    """Raises MissingGrants with the statements that would help, or UnsafeAccount."""
    lines = _shown_grants(session)
    grants = parse_grants(lines)
    account = str(session.value("SELECT CURRENT_USER()"))
    _require_harmless(grants, _proxied(lines), schemas.production, account)
    missing = [
        f"GRANT {', '.join(rights)} ON {sql.grant_pattern(schemas.production)}.* TO {sql.quoted_account(account)}"
        for rights in [_lacking(grants, READER_RIGHTS, schemas.production)]
        if rights
    ]
    own = sorted({right for schema in schemas.owned for right in _lacking(grants, _OWN, schema)})
    if own:
        pattern = sql.grant_pattern(schemas.staging, and_longer=True)
        missing.append(f"GRANT ALL ON {pattern}.* TO {sql.quoted_account(account)} (lacks {', '.join(own)})")
    if not _sees_routines(session, grants):
        what = "SELECT ON `mysql`.`proc`" if session.server.is_mariadb else "SHOW_ROUTINE ON *.*"
        missing.append(
            f"GRANT {what} TO {sql.quoted_account(account)} (without it procedures and functions would be lost unseen)"
        )
    if missing:
        raise MissingGrants(
            f"The sync account {account} lacks rights. {UNTOUCHED} Run as an administrator of the database server:\n  "
            + ";\n  ".join(missing)
        )
    _require_patterns_taken(
        session, grants, [(READER_RIGHTS, schemas.production), *((_OWN, schema) for schema in schemas.owned)]
    )


def _require_patterns_taken(
    session: Session, grants: Sequence[Grant], wanted: Sequence[tuple[Sequence[str], str]]
) -> None:
    """Raises UnsupportedServer where the server takes the `%` and `_` of a grant for letters, and so has none of it."""
    if session.server.is_mariadb or not session.value("SELECT @@partial_revokes"):
        return
    by_name = [grant for grant in grants if not re.search(r"[%\\]", grant.schema)]
    lost = [schema for rights, schema in wanted if _lacking(by_name, rights, schema)]
    if lost:
        raise UnsupportedServer(
            "The server takes the % and _ of a grant for letters (partial_revokes is on), so that "
            f"{session.value('SELECT CURRENT_USER()')} has no rights on {', '.join(lost)}. {UNTOUCHED} Where no "
            "account has a right of its own revoked in part, run as an administrator of the database server: SET "
            "PERSIST partial_revokes = OFF"
        )


def require_owner_confined(session: Session, schemas: Schemas) -> None:
    """Raises UnsafeAccount where the owner of staging's objects has any right on production, MissingGrants where it
    could not make them."""
    lines = _shown_grants(session)
    account = str(session.value("SELECT CURRENT_USER()"))
    _require_no_right_on_production(session, schemas.production, account, lines)
    _require_owner_rights(session, schemas, account, parse_grants(lines))


def _require_no_right_on_production(session: Session, production: str, account: str, lines: Sequence[str]) -> None:
    reaching = [*_reaching(parse_grants(lines), production), *_proxied(lines)]
    if reaching:
        raise UnsafeAccount(
            f"Staging's account {account} has rights on production's database {production!r} "
            f"({', '.join(reaching)}), and with them so would every view and routine that is copied. {UNTOUCHED} "
            "Take them back as an administrator: REVOKE ALL PRIVILEGES, GRANT OPTION FROM "
            f"{sql.quoted_account(account)}, and a role or PROXY that brings them by itself; pulumi up then grants "
            "what the account is to have."
        )
    if schema_exists(session, production):
        raise UnsafeAccount(
            f"Staging's account {account} has rights on production's database {production!r} that no grant of "
            "its own brings: the server shows it that database. They are everybody's: of an account without a name "
            f"(''@'%'), or of the role PUBLIC. {UNTOUCHED} Take them back as an administrator; SELECT * FROM mysql.db "
            "WHERE user IN ('', 'PUBLIC') has most of them."
        )


def _require_owner_rights(session: Session, schemas: Schemas, account: str, grants: Sequence[Grant]) -> None:
    missing = [
        f"GRANT {', '.join(rights)} ON {sql.grant_pattern(schema)}.* TO {sql.quoted_account(account)}"
        for schema in (schemas.staging, schemas.next)
        if (rights := _lacking(grants, OWNER_RIGHTS, schema))
    ]
    if missing:
        raise MissingGrants(
            f"Staging's account {account} lacks rights to own staging's views and routines. {UNTOUCHED} Run as an "
            "administrator of the database server, or let pulumi up ensure them:\n  " + ";\n  ".join(missing)
        )
    _require_patterns_taken(session, grants, [(OWNER_RIGHTS, schema) for schema in (schemas.staging, schemas.next)])


def _reaching(grants: Sequence[Grant], production: str) -> list[str]:
    """Rights on production, on everything, and on what the server keeps of its accounts and of others' statements."""
    found = {
        right for grant in grants if grant.schema == "*" or sql.grant_matches(grant.schema, production)
        for right in grant.rights - {"USAGE"}
    }  # fmt: skip
    found |= {
        f"{right} on {schema}" for grant in grants for schema in SERVER_S_OWN
        if grant.schema != "*" and sql.grant_matches(grant.schema, schema) for right in grant.rights - {"USAGE"}
    }  # fmt: skip
    return sorted(found)


def has_super(session: Session) -> bool:
    """True when the account may create functions and triggers that are written to the binary log unseen."""
    return any(grant.gives("SUPER", "*") for grant in read_grants(session) if grant.schema == "*")


def _require_harmless(grants: Sequence[Grant], proxied: Sequence[str], production: str, account: str) -> None:
    changes = [right for right in _CHANGES if any(_touches(grant, right, production) for grant in grants)]
    changes += [f"{right} on mysql" for right in _CHANGES if any(_touches(grant, right, "mysql") for grant in grants)]
    if changes := [*changes, *proxied]:
        raise UnsafeAccount(
            f"The account {account} could change production's database {production!r} ({', '.join(changes)}). The "
            f"sync runs only with an account that cannot. {UNTOUCHED} Use the sync's own account, with "
            f"{', '.join(READER_RIGHTS)} on production and nothing else."
        )


def _touches(grant: Grant, right: str, production: str) -> bool:
    return grant.gives(right, production, grant.table)


def _lacking(grants: Sequence[Grant], rights: Sequence[str], schema: str) -> list[str]:
    return [right for right in rights if not any(grant.gives(right, schema) for grant in grants)]


def _sees_routines(session: Session, grants: Sequence[Grant]) -> bool:
    everywhere = [grant for grant in grants if grant.schema == "*"]
    if any(grant.gives("SELECT", "*") for grant in everywhere):
        return True
    if session.server.is_mariadb:
        return any(grant.gives("SELECT", "mysql", "proc") for grant in grants)
    return any("SHOW_ROUTINE" in grant.rights or grant.rights.intersection(_ALL) for grant in everywhere)
