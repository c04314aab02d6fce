"""A staging that was synced twice, and a production that has moved on since."""

from __future__ import annotations

from tests.database.harness import PRODUCTION, STAGING, Shop, comparable

SCHEMA = (
    "CREATE TABLE client (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, v varchar(20), n int) ENGINE=InnoDB",
    "CREATE TABLE offer (id int PRIMARY KEY, client int, CONSTRAINT to_client FOREIGN KEY (client) "
    "REFERENCES client (id)) ENGINE=InnoDB",
    "CREATE TABLE log (what varchar(20)) ENGINE=InnoDB",
    "INSERT INTO client (v, n) VALUES ('a', 1), ('b', 2), ('c', 3)",
    "INSERT INTO offer VALUES (1, 1), (2, 2)",
    "INSERT INTO log VALUES ('first'), ('first')",
    "CREATE VIEW names AS SELECT id, v FROM client",
    "CREATE TRIGGER logged AFTER INSERT ON client FOR EACH ROW INSERT INTO log VALUES (NEW.v)",
)
CHANGES = (
    "UPDATE client SET v = 'changed' WHERE id = 2",
    "DELETE FROM offer WHERE id = 1",
    "INSERT INTO client (v) VALUES ('d')",
)


def require_recovery(shop: Shop) -> None:
    """The next run needs no help."""
    shop.sync()
    assert shop.contents(STAGING) == shop.contents(PRODUCTION)
    assert comparable(shop.definitions(STAGING)) == comparable(shop.definitions(PRODUCTION))
    assert shop.leftovers() == []
