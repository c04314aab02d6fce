"""Rights on a schema that go together."""

READER_RIGHTS = ("SELECT", "SHOW VIEW", "TRIGGER", "EVENT")
"""What an account needs to read tables and definitions there, and can change nothing with."""
OWNER_RIGHTS = ("SELECT", "CREATE VIEW", "SHOW VIEW", "TRIGGER", "CREATE ROUTINE", "EXECUTE", "EVENT")
"""What an account needs to make objects there that are its own."""
ALL = ("ALL PRIVILEGES",)
ALL_PRIVILEGES = (
    *("SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "REFERENCES", "INDEX", "ALTER", "LOCK TABLES"),
    *("CREATE TEMPORARY TABLES", "EXECUTE", "CREATE VIEW", "SHOW VIEW", "CREATE ROUTINE", "ALTER ROUTINE", "EVENT"),
    "TRIGGER",
)
"""What ALL has on a database of every server; MariaDB adds some of its own."""

SERVER_S_OWN = ("mysql", "sys", "performance_schema")
"""Databases that hold accounts and their rights, or what others' statements were."""
