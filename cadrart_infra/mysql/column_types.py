"""Types of columns by what they hold, each as information_schema names it in `data_type`."""

INTEGERS = frozenset({"tinyint", "smallint", "mediumint", "int", "bigint"})
TEXTUAL = frozenset({"char", "varchar", "tinytext", "text", "mediumtext", "longtext"})
BINARY = frozenset({"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"})
TEMPORAL = frozenset({"date", "datetime", "timestamp", "time"})
MEMBERS = frozenset({"enum", "set"})
"""A value is one of a list in the table's definition, or some of them."""
BY_NUMBER = MEMBERS | {"bit"}
"""The server stores a number, and only that number distinguishes two values."""
