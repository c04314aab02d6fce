"""The session variables that this program sets itself, since a server's defaults are made for its applications.

`SET GLOBAL` and option files give every new session such values: a limit on rows, joins, updates, time, memory or
temporary tables, no transaction that ends by itself or writes, tables that have to have a primary key, no end of
waiting for a table. Each of them would stop a copy or change it.
"""

_FREE = {
    "autocommit": "1",
    "completion_type": "0",
    "default_storage_engine": "InnoDB",
    "lock_wait_timeout": "60",  # seconds for a table that another session locks; by itself MySQL waits for a year
    "sql_auto_is_null": "0",
    "sql_big_selects": "1",
    "sql_quote_show_create": "1",
    "sql_safe_updates": "0",
    "sql_select_limit": "18446744073709551615",
}

# Each product reads its own of these comments; the other takes it for one.
_UNLIMITED = 9223372036854775807
_OF_PRODUCTS = (
    f"/*M! , max_statement_time = 0, tx_read_only = 0, max_session_mem_used = {_UNLIMITED}, tmp_disk_table_size = "
    f"{_UNLIMITED} */ /*M!110500 , max_tmp_session_space_usage = 0 */ "
    "/*!80000 , max_execution_time = 0, transaction_read_only = 0 */"
)

OWN_CONNECTION = "character_set_connection = utf8mb4"
"""What plain texts in statements become: MySQL's own client leaves it as the server has it, and DEFAULT is that too."""

NO_END_OF_TRANSACTIONS = "idle_transaction_timeout = 0, idle_readonly_transaction_timeout = 0"
"""On MariaDB, which may drop a connection whose snapshot waits for what another session writes."""

LONG_LISTS = "group_concat_max_len = 1073741824"
"""Of the kinds of values in a document, what is not listed is not compared, and what is cut off ends a backup. A masked
array would be cut too."""

FREE = (
    f"SET SESSION {LONG_LISTS}, {OWN_CONNECTION}, "
    + ", ".join(f"{name} = {value}" for name, value in _FREE.items())
    + f" {_OF_PRODUCTS}"
)
"""For every session, on both products and without any right."""

SHOWING = ("show_gipk_in_create_table_and_information_schema = ON", "show_create_table_verbosity = OFF")
"""What a definition has to show, where the server knows of it: a primary key that MySQL made by itself, and no option
that nobody gave."""

READ_ONLY = "SET SESSION TRANSACTION READ ONLY"
"""For a session that looks at production."""
READ_WRITE = "SET SESSION TRANSACTION READ WRITE"
"""For a question that a server answers to no such session."""

LARGEST_IN_MEMORY = "max_heap_table_size = 18446744073709550592"
"""A MEMORY table keeps the limit under which it is made."""


def lax_sql_mode(*, mariadb: bool) -> str:
    """In which every value passes as it is stored: dates that the calendar lacks, an id of 0."""
    modes = "NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,NO_ENGINE_SUBSTITUTION"
    # Options of a table that the engine does not know are shown, and taken, in this mode only.
    return f"{modes},IGNORE_BAD_TABLE_OPTIONS" if mariadb else modes


OLD_TABLES = {
    "mariadb": (
        LARGEST_IN_MEMORY,
        "innodb_compression_default = OFF",  # or each table gets PAGE_COMPRESSED
        "innodb_strict_mode = OFF",
        "explicit_defaults_for_timestamp = ON",
        "sql_if_exists = OFF",
        "system_versioning_insert_history = ON",  # former rows are written as what they are
        "system_versioning_alter_history = KEEP",
    ),
    "mysql": (
        LARGEST_IN_MEMORY,
        "innodb_strict_mode = OFF",
        "explicit_defaults_for_timestamp = ON",
        "restrict_fk_on_non_standard_key = OFF",  # from MySQL 8.4 on
        "sql_require_primary_key = OFF",
        "sql_generate_invisible_primary_key = OFF",
    ),
}
"""By product: what makes tables again that the server made once, and would refuse or make otherwise by default today.

Each needs a try of its own: a release may not know it, and on MySQL most are for accounts with
SESSION_VARIABLES_ADMIN.
"""
