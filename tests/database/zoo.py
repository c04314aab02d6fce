"""A schema with at least one of everything that a copy has to carry."""

from __future__ import annotations

from tests.database.harness import PRODUCTION

TABLES = (
    """CREATE TABLE everything (
        id bigint unsigned NOT NULL AUTO_INCREMENT,
        b tinyint(1) DEFAULT NULL, s smallint DEFAULT -5, m mediumint, i int unsigned zerofill, g bigint,
        d decimal(30,10), f float, o double, y year, bits bit(11),
        dt date, ts timestamp(6) NULL DEFAULT NULL, dtm datetime(3) DEFAULT CURRENT_TIMESTAMP(3), t time(2),
        c char(7), v varchar(60) DEFAULT 'de''f`ault', tt tinytext, x text, mt mediumtext, lt longtext,
        bin binary(5), vb varbinary(40), tb tinyblob, bl blob, mb mediumblob, lb longblob,
        e enum('a','b''c','ü') DEFAULT 'ü', st set('x','y','z'), j json,
        latin varchar(30) CHARACTER SET latin1 COLLATE latin1_swedish_ci, sharp varchar(30) COLLATE utf8mb4_bin,
        doubled int GENERATED ALWAYS AS (s * 2) VIRTUAL, kept varchar(70) GENERATED ALWAYS AS (CONCAT(v, '!')) STORED,
        PRIMARY KEY (id), UNIQUE KEY u (v), KEY prefix (x(10)), KEY on_generated (doubled),
        FULLTEXT KEY words (x, lt), CONSTRAINT positive CHECK (s > -100)
    ) ENGINE=InnoDB AUTO_INCREMENT=5000 COMMENT='all the types'""",
    """CREATE TABLE places (id int NOT NULL PRIMARY KEY, p point NOT NULL, shape geometry, SPATIAL KEY (p))
        ENGINE=InnoDB""",
    """CREATE TABLE `odd ``name`` %s` (`a ``col``%` int NOT NULL, `select` varchar(20) NOT NULL COMMENT 'it''s; --',
        `AUTO_INCREMENT=7` text COMMENT ' AUTO_INCREMENT=9 ', PRIMARY KEY (`select`, `a ``col``%`)) ENGINE=InnoDB""",
    "CREATE TABLE keyless (a int, b varchar(20), f float) ENGINE=InnoDB",
    "CREATE TABLE by_unique (code varbinary(16) NOT NULL, at datetime(6) NOT NULL, v int, UNIQUE KEY k (code, at)) "
    "ENGINE=InnoDB",
    "CREATE TABLE nobody (id int PRIMARY KEY) ENGINE=InnoDB",
    """CREATE TABLE parts (id int NOT NULL, y int NOT NULL, PRIMARY KEY (id, y)) ENGINE=InnoDB
        PARTITION BY RANGE (y) (PARTITION p0 VALUES LESS THAN (2000), PARTITION p1 VALUES LESS THAN MAXVALUE)""",
    """CREATE TABLE tree (id int PRIMARY KEY, up int, other int,
        CONSTRAINT tree_up FOREIGN KEY (up) REFERENCES tree (id) ON DELETE SET NULL) ENGINE=InnoDB""",
    "ALTER TABLE nobody ADD COLUMN tree int, ADD CONSTRAINT nobody_tree FOREIGN KEY (tree) REFERENCES tree (id)",
    "ALTER TABLE tree ADD CONSTRAINT tree_other FOREIGN KEY (other) REFERENCES nobody (id) ON UPDATE CASCADE",
    "CREATE TABLE compressed (id varchar(20) COLLATE utf8mb4_bin PRIMARY KEY, x text) ENGINE=InnoDB "
    "ROW_FORMAT=COMPRESSED",
    "CREATE TABLE latin_only (id int PRIMARY KEY, v varchar(20)) ENGINE=InnoDB DEFAULT CHARSET=latin1",
    "CREATE TABLE history (at timestamp(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6), what text, n int) ENGINE=InnoDB",
    "CREATE TABLE ids (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, e enum('b','a') NOT NULL, KEY (e)) ENGINE=InnoDB",
)

INVISIBLE = {
    "mysql": "ALTER TABLE nobody ADD COLUMN hidden int DEFAULT 4 INVISIBLE",
    "mariadb": "ALTER TABLE nobody ADD COLUMN hidden int INVISIBLE DEFAULT 4",
}

ROWS = (
    "SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO', time_zone = '+02:00'",
    """INSERT INTO everything (id, b, s, m, i, g, d, f, o, y, bits, dt, ts, dtm, t, c, v, tt, x, mt, lt, bin, vb, tb,
        bl, mb, lb, e, st, j, latin, sharp) VALUES
        (0, 1, -7, -8388608, 42, -9223372036854775808, 12345678901234567890.0123456789, 1.2345678, 0.1, 1999,
        b'10000000001',
        '0000-00-00', '2026-03-29 03:30:00.123456', '2026-02-30 10:00:00.125', '-838:59:59', 'a ',
        'q''u"o\\\\te', '',
        'texte: comma, #, N', 'é', 'lorem ipsum', 0x00, 0x00ff0a, 0x27, 0xdeadbeef, '', 0x0d0a, 'b''c', 'x,z',
        '{"a": [1, 2.50, null, "é"], "b": {}}', 'caf\u00e9', 'Straße'),
        (18446744073709551615, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
        (7, 0, 0, 0, 0, 0, 0, -0.0, 1e300, 0, b'0', '9999-12-31', NULL, NULL, '00:00:00', '', 'N', 'N,', ',N', 'N', '',
        '', '', '', '', '', '', '', '', '"N"', '', 'strasse')""",
    "INSERT INTO places VALUES (1, ST_GeomFromText('POINT(1 2)'), ST_GeomFromText('POLYGON((0 0,0 1,1 1,0 0))')), "
    "(2, ST_GeomFromText('POINT(-1.5 2.25)'), NULL)",
    "INSERT INTO `odd ``name`` %s` VALUES (1, 'B', 'x'), (2, 'b', 'y'), (1, 'a', NULL), (-3, '', '')",
    "INSERT INTO keyless VALUES (1, 'twice', 0.1), (1, 'twice', 0.1), (NULL, NULL, NULL)",
    "INSERT INTO by_unique VALUES (0x00, '2026-01-01 00:00:00.000001', 1), (0x00, '2026-01-01 00:00:00.000002', 2), "
    "('', '1000-01-01', 3)",
    "INSERT INTO parts VALUES (1, 1990), (2, 2020), (1, 2020)",
    "SET SESSION foreign_key_checks = 0",
    "INSERT INTO tree VALUES (1, NULL, 5), (2, 1, NULL), (3, 3, 5)",
    "INSERT INTO nobody (id, tree, hidden) VALUES (5, 2, 99)",
    "INSERT INTO compressed VALUES ('a', REPEAT('x', 5000)), ('A', 'y'), ('ab ', 'z')",
    "INSERT INTO latin_only VALUES (1, 'déjà')",
    "INSERT INTO ids (id, e) VALUES (3, 'a'), (1, 'b')",
)

OBJECTS = (
    "CREATE FUNCTION plus_one(n int) RETURNS int DETERMINISTIC RETURN n + 1",
    "CREATE FUNCTION reads_tree(n int) RETURNS int READS SQL DATA "
    f"RETURN (SELECT COUNT(*) FROM `{PRODUCTION}`.tree) + n",
    "CREATE VIEW second_view AS SELECT id, up FROM tree WHERE id > 0",
    f"CREATE ALGORITHM=MERGE SQL SECURITY INVOKER VIEW a_first_view AS SELECT id, plus_one(up) AS n, 'é' AS c "
    f"FROM `{PRODUCTION}`.second_view WITH CASCADED CHECK OPTION",
    "CREATE PROCEDURE note(IN w text) COMMENT 'writes'  BEGIN\n  -- `atelier-cadrart`.history stays in a comment\n"
    f"  INSERT INTO `{PRODUCTION}`.history (what, n) VALUES (CONCAT(w, ' it''s; é'), 1);\nEND",
    "CREATE TRIGGER tree_before BEFORE INSERT ON tree FOR EACH ROW SET NEW.other = COALESCE(NEW.other, NULL)",
    "CREATE TRIGGER tree_after AFTER INSERT ON tree FOR EACH ROW INSERT INTO history (what, n) VALUES ('tree', NEW.id)",
    "CREATE TRIGGER tree_after_too AFTER INSERT ON tree FOR EACH ROW FOLLOWS tree_after "
    f"CALL `{PRODUCTION}`.note('again')",
    "CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY STARTS '2026-01-01 03:00:00' ON COMPLETION PRESERVE ENABLE "
    "COMMENT 'ON COMPLETION PRESERVE ENABLE' DO DELETE FROM history",
)


def statements(kind: str) -> list[str]:
    """Everything, in order, for a server of the kind."""
    return [*ROWS[:1], *TABLES, INVISIBLE[kind], *ROWS, *OBJECTS]
