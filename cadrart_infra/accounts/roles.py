"""What accounts may do through roles: those that they were given, and those that everybody has.

An account may switch on each role that it has, so that whether one is on makes no difference. Each product keeps roles
in its own way: the server that is asked reads its part of a statement and takes the other's for a comment.
"""

from __future__ import annotations

from collections.abc import Sequence

from cadrart_infra.mysql import sql

BY_ROLE = "by role"
_FOR_ALL = "CONCAT(',', REPLACE(REGEXP_REPLACE(@@mandatory_roles, '[`''\"]', ''), ', ', ','), ',')"
"""MySQL's list of the roles that every account has, without quotes."""
_IS_FOR_ALL = (
    f"m.user <> '' AND (INSTR({_FOR_ALL}, CONCAT(',', m.user, ',')) "
    f"OR INSTR({_FOR_ALL}, CONCAT(',', m.user, '@', m.host, ',')))"
)
_NAMED = (
    "/*!50706 CONCAT(QUOTE({0}), '@', QUOTE({0}_host)) */ "
    "/*M!100400 IF({0} = 'PUBLIC', {0}, CONCAT('`', REPLACE({0}, '`', '``'), '`')) */"
)
"""A role where a REVOKE takes it."""
_IS_GRANTEE = "grantee = CONVERT(CONCAT('''', role, '''@''', role_host, '''') USING utf8mb4) COLLATE utf8mb4_bin"


def role_questions(users: Sequence[str]) -> list[str]:
    """The statements whose rows are BY_ROLE, account, given role, role, schema (as a grant names it), table and right.

    The given role is empty where everybody has it; the other one has the right, and may be a role of that role. Schema
    and table are `*` for every one of them; of rights on everything, only that one is asked for which reads it.
    """
    given = f"IF(for_all, '', {_NAMED.format('given')})"
    has = f"{_roles_of(users)} SELECT '{BY_ROLE}', has.user, {given}, {_NAMED.format('role')}"
    grants = f"FROM has JOIN information_schema.{{}} ON {_IS_GRANTEE}"
    return [
        f"{has}, table_schema, '*', privilege_type {grants.format('schema_privileges')}",
        f"{has}, table_schema, table_name, privilege_type {grants.format('table_privileges')}",
        f"{has}, '*', '*', 'SELECT' FROM has JOIN mysql.user u ON u.user = role AND u.host = role_host "
        "WHERE u.select_priv = 'Y'",
    ]


def _roles_of(users: Sequence[str]) -> str:
    """The table `has`: the roles of each account, by the one that it was given itself."""
    ours = f"host = '%' AND user IN ({sql.texts(users)})"
    mysql = (
        "SELECT to_user AS user, to_host AS host, from_user AS role, from_host AS role_host, 0 AS for_all "
        "FROM mysql.role_edges UNION "
        f"SELECT u.user, u.host, m.user, m.host, 1 FROM (SELECT user, host FROM mysql.user WHERE {ours}) u "
        f"JOIN mysql.user m ON {_IS_FOR_ALL}"
    )
    mariadb = (
        "SELECT user, host, role, '' AS role_host, 0 AS for_all FROM mysql.roles_mapping UNION "
        f"SELECT user, host, 'PUBLIC', '', 1 FROM mysql.user WHERE {ours}"
    )
    return (
        f"WITH RECURSIVE edges AS (/*!50706 {mysql} */ /*M!100400 {mariadb} */), "
        "has AS (SELECT user, role AS given, role_host AS given_host, role, role_host, for_all FROM edges "
        f"WHERE {ours} UNION SELECT has.user, given, given_host, edges.role, edges.role_host, has.for_all "
        "FROM has JOIN edges ON edges.user = has.role AND edges.host = has.role_host)"
    )
