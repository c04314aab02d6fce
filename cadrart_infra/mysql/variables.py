"""Queries for the server's variables: their values, those set at run time, and those persisted."""

from __future__ import annotations

from collections.abc import Collection

from cadrart_infra.mysql import sql

_NOTHING = "SELECT '' AS name, '' AS value FROM DUAL WHERE FALSE"
# Each product keeps it in its own way: the server reads its own part, and takes the other's for a comment.
_MYSQL_DEFAULTS = {
    **{"autocommit": "ON", "character_set_server": "utf8mb4", "collation_server": "utf8mb4_0900_ai_ci"},
    **{"event_scheduler": "ON", "foreign_key_checks": "ON", "general_log": "OFF", "group_concat_max_len": "1024"},
    **{"init_connect": "", "innodb_flush_log_at_trx_commit": "1", "innodb_lock_wait_timeout": "50"},
    **{"innodb_strict_mode": "ON", "interactive_timeout": "28800", "local_infile": "OFF"},
    **{"lock_wait_timeout": "31536000", "log_bin_trust_function_creators": "OFF", "max_allowed_packet": "67108864"},
    **{"max_connections": "151", "max_execution_time": "0", "max_user_connections": "0", "slow_query_log": "OFF"},
    "sql_mode": "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,"
    "NO_ENGINE_SUBSTITUTION",
    **{"sql_require_primary_key": "OFF", "sync_binlog": "1", "time_zone": "SYSTEM", "unique_checks": "ON"},
    **{"transaction_isolation": "REPEATABLE-READ", "transaction_read_only": "OFF", "wait_timeout": "28800"},
}
"""Of 8.0 and later. MySQL takes a session's own value for a change of the variable, and shows no default."""
_MYSQL = (
    "SELECT variable_name, variable_value FROM performance_schema.variables_info "
    "JOIN performance_schema.global_variables USING (variable_name) WHERE variable_source = 'DYNAMIC' AND ("
    + " OR ".join(f"variable_name = '{name}' AND variable_value <> '{own}'" for name, own in _MYSQL_DEFAULTS.items())
    + ")"
)
_MARIADB = (
    "SELECT LOWER(variable_name), global_value FROM information_schema.system_variables "
    "WHERE global_value_origin = 'SQL' AND NOT global_value <=> default_value"
)
_PERSISTED = "SELECT variable_name, '' FROM performance_schema.persisted_variables"


def runtime_set_query(kind: str) -> str:
    """The query for variables that were set by a statement since the server started: rows of `kind`, name, value.

    MySQL before 8.0 does not know them, and later ones only of what matters to an application.
    """
    return f"SELECT '{kind}', name, value FROM ({_NOTHING} {_parts(_MYSQL, _MARIADB)}) AS found"


def persisted_query(kind: str) -> str:
    """The query for variables of MySQL's SET PERSIST: rows of `kind`, name and an empty value."""
    return f"SELECT '{kind}', name, value FROM ({_NOTHING} {_parts(_PERSISTED)}) AS found"


def values_query(names: Collection[str], kind: str) -> str:
    """The query for the values of these variables: rows of `kind`, name, value."""
    place = "/*!50706 performance_schema.global_variables */ /*M!100400 information_schema.global_variables */"
    named = f"LOWER(variable_name) IN ({sql.texts(names)})" if names else "FALSE"
    return f"SELECT '{kind}', LOWER(variable_name), variable_value FROM {place} WHERE {named}"


def _parts(mysql: str, mariadb: str = "") -> str:
    return f"/*!80000 UNION ALL {mysql} */" + (f" /*M!100400 UNION ALL {mariadb} */" if mariadb else "")
