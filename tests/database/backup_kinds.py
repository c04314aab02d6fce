"""Kinds of tables, columns and objects that come back from a backup as they were."""

from __future__ import annotations

from dataclasses import dataclass

from tests.database.harness import PRODUCTION


@dataclass(frozen=True)
class Kind:
    """Statements for production, on both products or on one, and questions that have the same answers afterwards."""

    name: str
    statements: tuple[str, ...]
    only: str = ""
    asked: tuple[str, ...] = ()


GONE = "DEFINER='gone'@'old-host'"
KINDS = (
    Kind(
        "floats",
        (
            "CREATE TABLE f (id int PRIMARY KEY, f float, d double, g float(7,3), u float unsigned)",
            "INSERT INTO f VALUES (1, 0.1, 0.1, 1.234, 7), (2, 1.2345678, 1.7976931348623157e308, 0, 0), "
            "(3, 3.402823466e38, 2.2250738585072014e-308, -1.5, 16777217), (4, -1.17549435e-38, 5e-324, NULL, NULL), "
            "(5, 1e-45, 1e-7, 9999.999, 123456789), (6, -0e0, -0e0, NULL, NULL), (7, 8388609.5, 0.30000000000000004, 0, 1), "
            "(8, -1.17549435e-38, -2.2250738585072014e-308, NULL, NULL), (9, -3.4028234e38, -1.7976931348623157e308, 0, 0), "
            "(10, -1.2345678e-15, -1.2345678901234567e-15, 0, 0), (11, 16777215, -9.8765432109876543e-5, 0, 0), "
            "(12, 1e10, 4.9406564584124654e-321, 0, 0), (13, 0, 1.0000000000000002e100, 0, 0), "
            "(14, 0, -9.999999999999999e199, 0, 0), (15, 0, 1.0000000000000001e-199, 0, 0), "
            "(16, 0, -1.2345678901234567e-299, 0, 0), (17, 1, 123456789012345678, 0, 0), (18, 0, 3e-200, 0, 0)",
        ),
        asked=("SELECT id, f + 0E0, d, d + 0E0, f * 1E0, g, u + 0E0 FROM f ORDER BY id",),
    ),
    Kind(
        "numbers",
        (
            "CREATE TABLE n (id bigint unsigned PRIMARY KEY, d decimal(65,30), b bit(64), z int(8) zerofill, y year, "
            "t tinyint, e enum('', 'a', '1') , s set('a','b','c,d') )".replace("'c,d'", "'cd'"),
            "SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO'",
            "INSERT INTO n VALUES (0, 12345678901234567890123456789012345.123456789012345678901234567890, b'1', 42, 0, "
            "-128, '1', 'a,cd'), (18446744073709551615, -0.000000000000000000000000000001, "
            "18446744073709551615, 0, 2155, 127, 'no such', ''), (7, NULL, NULL, NULL, NULL, NULL, NULL, NULL), "
            "(8, 0, 0, 0, 1901, 0, '', 'b')",
        ),
        asked=("SELECT id, d, b + 0, z, y, e + 0, s + 0 FROM n ORDER BY id",),
    ),
    Kind(
        "texts",
        (
            "CREATE TABLE x (id int PRIMARY KEY, a varchar(200), b text COLLATE utf8mb4_bin, c char(5), "
            "l varchar(50) CHARACTER SET latin1, u varchar(20) CHARACTER SET utf16, v varbinary(50), w binary(4), "
            "s varchar(50) CHARACTER SET sjis)",
            r"INSERT INTO x VALUES (1, 'a\r\nb\rc\nd\te\0f\Z', '\'\"`\\;-- ', ' a ', 'caf\u00e9', 'é', 0x0d0a00275c, 0x00, 'ソ'), "
            "(2, '', '', '', '', '', '', '', ''), (3, 'NULL', 'N', NULL, NULL, NULL, NULL, NULL, NULL), "
            "(4, '😀', 'delimiter ;', '\\\\', '\\\\', '\\\\', '\\\\', '\\\\', '\\\\')",
        ),
    ),
    Kind(
        "times",
        (
            "SET SESSION sql_mode = 'ALLOW_INVALID_DATES', time_zone = '+02:00'",
            "CREATE TABLE d (id int PRIMARY KEY, d date, m datetime(6), s timestamp(6) NULL, t time(6))",
            "INSERT INTO d VALUES (1, '0000-00-00', '2026-02-30 10:00:00.125', '2026-03-29 02:30:00.5', "
            "'-838:59:59'), (2, '9999-12-31', '0000-00-00 00:00:00', '1970-01-01 02:00:01', '838:59:59'), "
            "(3, '2026-00-00', '1000-01-01', '2038-01-19 04:14:07', '00:00:00.000001')",
        ),
    ),
    Kind(
        "shapes",
        (
            "CREATE TABLE g (id int PRIMARY KEY, p point NOT NULL, g geometry, c geometrycollection, SPATIAL KEY (p))",
            "INSERT INTO g VALUES (1, ST_GeomFromText('POINT(1.1 -2e-7)'), ST_GeomFromText("
            "'POLYGON((0 0,0 9,9 9,0 0),(1 2,1 3,2 3,1 2))', 4326), NULL), (2, ST_GeomFromText('POINT(0 0)'), NULL, "
            "ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 1),LINESTRING(0 0,1 1))'))",
        ),
        asked=("SELECT id, HEX(p), HEX(g), HEX(c) FROM g ORDER BY id",),
    ),
    Kind(
        "rows that were there when a shape was added",
        (
            "CREATE TABLE g (id int PRIMARY KEY, t longtext)",
            "INSERT INTO g VALUES (1, 'a'), (2, REPEAT('b', 8000000))",
            "ALTER TABLE g ADD p point NOT NULL, ADD g geometry NOT NULL",
            "INSERT INTO g VALUES (3, 'c', POINT(1, 2), POINT(3, 4))",
            "CREATE TABLE one (id int PRIMARY KEY)",
            "INSERT INTO one VALUES (1)",
            "ALTER TABLE one ADD p point NOT NULL",
        ),
        only="mariadb",
        asked=("SELECT id, LENGTH(t), HEX(p), HEX(g) FROM g ORDER BY id", "SELECT id, LENGTH(p) FROM one"),
    ),
    Kind(
        "columns that are computed or hidden",
        (
            "CREATE TABLE c (a int DEFAULT 3 COMMENT 'it''s; --', v int AS (a * 2) VIRTUAL, s varchar(20) AS "
            "(CONCAT(a, 'é`''')) STORED, k int NOT NULL AUTO_INCREMENT, j json, KEY (k), UNIQUE KEY (v), "
            "CONSTRAINT `c``1` CHECK (a <> 5)) AUTO_INCREMENT=77 COMMENT='a \"table\"'",
            'INSERT INTO c (a, j) VALUES (1, \'{"a": [1, 1.5, 1e300, -0.0, null, true, "\\\\u0000x\\\\n"]}\'), (NULL, NULL)',
        ),
        asked=("SELECT a, v, s, k FROM c ORDER BY k",),
    ),
    Kind(
        "hidden columns",
        (
            "CREATE TABLE h (id int PRIMARY KEY, x int INVISIBLE DEFAULT 4)",
            "INSERT INTO h (id, x) VALUES (1, 2), (2, NULL)",
        ),
        only="mariadb",
    ),
    Kind(
        "hidden columns and keys",
        (
            "SET SESSION sql_generate_invisible_primary_key = ON",
            "CREATE TABLE h (id int, x int DEFAULT 4 INVISIBLE)",
            "INSERT INTO h (my_row_id, id, x) VALUES (5, 1, 2), (9, 2, NULL)",
        ),
        only="mysql",
        asked=("SELECT my_row_id, id, x FROM h ORDER BY 1",),
    ),
    Kind(
        "odd names",
        (
            "CREATE TABLE `a``b \"c' é😀`".replace("😀", "")
            + " (`x``y` int PRIMARY KEY, `select` text, `%s {0}` int, `é\"'` json)",
            "INSERT INTO `a``b \"c' é` VALUES (1, 'x', 2, '[]')",
            "CREATE TABLE ` leading` (id int PRIMARY KEY)",
            "CREATE TABLE `a;b` (id int PRIMARY KEY)",
            "INSERT INTO `a;b` VALUES (1)",
            "CREATE TABLE `atelier-cadrart` (`atelier-cadrart` int PRIMARY KEY)",
            "CREATE VIEW `v``w` AS SELECT `atelier-cadrart`.`atelier-cadrart` FROM `atelier-cadrart`",
        ),
    ),
    Kind(
        "partitions, keys in a circle, tables without rows or keys",
        (
            "CREATE TABLE p (id int NOT NULL, y int NOT NULL, PRIMARY KEY (id, y)) PARTITION BY RANGE (y) "
            "SUBPARTITION BY HASH (id) SUBPARTITIONS 2 (PARTITION a VALUES LESS THAN (10), "
            "PARTITION b VALUES LESS THAN MAXVALUE)",
            "INSERT INTO p VALUES (1, 1), (2, 50)",
            "CREATE TABLE a (id int PRIMARY KEY, b int)",
            "CREATE TABLE b (id int PRIMARY KEY, a int, CONSTRAINT to_a FOREIGN KEY (a) REFERENCES a (id))",
            "ALTER TABLE a ADD CONSTRAINT to_b FOREIGN KEY (b) REFERENCES b (id) ON DELETE CASCADE",
            "SET SESSION foreign_key_checks = 0",
            "INSERT INTO a VALUES (1, 1), (2, 99)",
            "INSERT INTO b VALUES (1, 1)",
            "CREATE TABLE nothing (id int PRIMARY KEY) AUTO_INCREMENT=5",
            "CREATE TABLE keyless (a int, f float)",
            "INSERT INTO keyless VALUES (1, 0.3), (1, 0.3), (NULL, NULL)",
            "CREATE TABLE counted (id int AUTO_INCREMENT PRIMARY KEY)",
            "INSERT INTO counted VALUES (5), (900)",
            "DELETE FROM counted WHERE id = 900",
        ),
    ),
    Kind(
        "other engines",
        (
            "CREATE TABLE m (id int PRIMARY KEY, t text, FULLTEXT KEY (t)) ENGINE=MyISAM",
            "INSERT INTO m VALUES (1, 'x'), (2, NULL)",
            "CREATE TABLE e (id int PRIMARY KEY, v int) ENGINE=MEMORY",
            "INSERT INTO e VALUES (1, 2)",
        ),
    ),
    Kind(
        "views in chains whose owners are gone",
        (
            "CREATE TABLE t (id int PRIMARY KEY, v int)",
            "CREATE TABLE u (id int PRIMARY KEY)",
            "INSERT INTO t VALUES (1, 1), (2, 0)",
            "CREATE FUNCTION twice(n int) RETURNS int DETERMINISTIC RETURN n * 2",
            "CREATE VIEW z AS SELECT t.id, t.v FROM t LEFT JOIN u ON u.id = t.id WHERE t.v > 0",
            "CREATE VIEW m AS SELECT z.id, twice(z.v) AS w FROM z",
            f"CREATE VIEW a AS SELECT m.id FROM m JOIN `{PRODUCTION}`.z ON z.id = m.id",
            f"ALTER {GONE} VIEW a AS SELECT m.id FROM m JOIN `{PRODUCTION}`.z ON z.id = m.id",
            f"ALTER {GONE} VIEW m AS SELECT z.id, twice(z.v) AS w FROM z",
            f"ALTER {GONE} VIEW z AS SELECT t.id, t.v FROM t LEFT JOIN u ON u.id = t.id WHERE t.v > 0",
        ),
    ),
    Kind(
        "objects whose owner is gone",
        (
            "CREATE TABLE t (id int PRIMARY KEY, v int)",
            "CREATE TABLE u (id int PRIMARY KEY)",
            "INSERT INTO t VALUES (1, 1)",
            f"CREATE {GONE} VIEW v AS SELECT t.id, t.v FROM t LEFT JOIN u ON u.id = t.id WHERE t.v > 0",
            f"CREATE {GONE} TRIGGER tr BEFORE UPDATE ON u FOR EACH ROW SET NEW.id = NEW.id",
            f"CREATE {GONE} PROCEDURE p() SELECT 1",
            f"CREATE {GONE} EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2037-01-01' DO DELETE FROM u",
        ),
    ),
    Kind(
        "a view whose owner lost its rights",
        (
            "CREATE TABLE t (id int PRIMARY KEY, v int)",
            "INSERT INTO t VALUES (1,1)",
            "DROP USER IF EXISTS 'poor'@'%'",
            "CREATE USER 'poor'@'%' IDENTIFIED BY 'Some-Password-1'",
            "CREATE VIEW v AS SELECT id, v FROM t WHERE v > 0",
            "CREATE VIEW w AS SELECT id FROM v",
            "ALTER DEFINER='poor'@'%' VIEW v AS SELECT id, v FROM t WHERE v > 0",
        ),
    ),
    Kind(
        "triggers in their order, events in their state",
        (
            "CREATE TABLE t (id int PRIMARY KEY, v text)",
            "CREATE TRIGGER z BEFORE INSERT ON t FOR EACH ROW SET NEW.v = CONCAT(NEW.v, 'z')",
            "CREATE TRIGGER y BEFORE INSERT ON t FOR EACH ROW SET NEW.v = CONCAT(NEW.v, 'y')",
            f"CREATE TRIGGER `{PRODUCTION}`.`a b` BEFORE INSERT ON `{PRODUCTION}`.`t` FOR EACH ROW PRECEDES z "
            "SET NEW.v = CONCAT(NEW.v, 'a')",
            f"CREATE TRIGGER `{PRODUCTION}`.q AFTER INSERT ON t FOR EACH ROW DELETE FROM `{PRODUCTION}`.t WHERE id = -1",
            "CREATE EVENT off ON SCHEDULE EVERY 1 DAY STARTS '2037-01-01' ON COMPLETION PRESERVE DISABLE DO SELECT 1",
            "CREATE EVENT once ON SCHEDULE AT '2037-01-01' ON COMPLETION PRESERVE DO SELECT ';'",
            "SET SESSION sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'",
            "CREATE PROCEDURE \"p q\"() COMMENT 'a''b' SELECT \"id\", '\\' FROM \"t\"",
        ),
    ),
    Kind(
        "sequences",
        (
            "CREATE SEQUENCE s START WITH 100 INCREMENT BY 10 MINVALUE -5 MAXVALUE 100000 CACHE 20 CYCLE",
            "SELECT NEXTVAL(s)",
            "CREATE SEQUENCE `never ``used` START WITH 7 NOCACHE",
            "CREATE TABLE t (id int PRIMARY KEY)",
        ),
        only="mariadb",
        asked=(
            "SELECT next_not_cached_value, start_value, increment, cycle_option FROM s",
            "SELECT next_not_cached_value FROM `never ``used`",
        ),
    ),
    Kind(
        "history",
        (
            "CREATE TABLE price (id int PRIMARY KEY, v int, f float) WITH SYSTEM VERSIONING",
            "INSERT INTO price VALUES (1, 10, 0.1), (2, 20, 0.2)",
            "UPDATE price SET v = v + 2",
            "UPDATE price SET v = 14 WHERE id = 1",
            "DELETE FROM price WHERE id = 2",
            "CREATE TABLE named (id int PRIMARY KEY, v longtext, a timestamp(6) GENERATED ALWAYS AS ROW START, "
            "b timestamp(6) GENERATED ALWAYS AS ROW END INVISIBLE, PERIOD FOR SYSTEM_TIME (a, b)) WITH SYSTEM VERSIONING",
            "INSERT INTO named (id, v) VALUES (1, REPEAT('x', 3000000))",
            "UPDATE named SET v = 'short'",
            "CREATE TABLE parts (id int, v int WITHOUT SYSTEM VERSIONING, w int) WITH SYSTEM VERSIONING "
            "PARTITION BY SYSTEM_TIME (PARTITION old HISTORY, PARTITION now CURRENT)",
            "INSERT INTO parts VALUES (1, 1, 1), (1, 1, 1)",
            "UPDATE parts SET w = 2",
            "CREATE TABLE both_times (id int, s date, e date, PERIOD FOR valid (s, e), "
            "UNIQUE (id, valid WITHOUT OVERLAPS)) WITH SYSTEM VERSIONING",
            "INSERT INTO both_times VALUES (1, '2026-01-01', '2027-01-01')",
            "DELETE FROM both_times FOR PORTION OF valid FROM '2026-03-01' TO '2026-04-01'",
            "CREATE TABLE other (id int PRIMARY KEY)",
        ),
        only="mariadb",
        asked=(
            "SELECT *, row_start, row_end FROM price FOR SYSTEM_TIME ALL ORDER BY id, row_start",
            "SELECT id, SHA2(v, 256), a, b FROM named FOR SYSTEM_TIME ALL ORDER BY a",
            "SELECT *, row_start, row_end FROM parts FOR SYSTEM_TIME ALL ORDER BY row_start, w",
            "SELECT *, row_start, row_end FROM both_times FOR SYSTEM_TIME ALL ORDER BY row_start, s, e",
        ),
    ),
    Kind(
        "types of MariaDB",
        (
            "CREATE TABLE t (u uuid PRIMARY KEY, i inet6, j inet4, v varchar(2000) COMPRESSED)",
            "INSERT INTO t VALUES (UUID(), '::ffff:1.2.3.4', '1.2.3.4', REPEAT('y', 500)), (UUID(), NULL, NULL, '')",
        ),
        only="mariadb",
    ),
    Kind(
        "documents of MySQL",
        (
            "CREATE TABLE j (id int PRIMARY KEY, j json, d int DEFAULT (1 + 1), UNIQUE KEY (d, id), "
            "KEY m ((CAST(j->'$.keys' AS UNSIGNED ARRAY))))",
            """INSERT INTO j (id, j) VALUES (1, '{"keys": [1, 2], "b": 18446744073709551615, "c": 1.10, "d": 1e-7}'),
            (2, '"text \\\\"quoted\\\\" é 😀 \\\\u0001"'), (3, 'null'), (4, NULL), (5, '-0.0'), (6, '[1.0, 1e100]'),
            (7, JSON_OBJECT('b', 1=1, '', 'x'))""",
            """INSERT INTO j (id, j) VALUES (10, JSON_OBJECT('p', CAST(12.34 AS DECIMAL(8,2)), 'a', JSON_ARRAY(1.10,
            JSON_OBJECT('x "y''', 2.50, 'é\n', -0.000)), 'd', DATE'2026-01-01', 't', TIME'10:00:00.5',
            'n', CAST(5 AS DECIMAL(10,0)), 'm', TIMESTAMP'2026-01-01 10:00:00', 'u', CAST(5 AS UNSIGNED), 'f', 1.5e0)),
            (11, CAST(1.10 AS JSON)), (12, CAST(DATE'2026-01-01' AS JSON)), (13, CAST(CAST(7 AS UNSIGNED) AS JSON)),
            (14, JSON_ARRAY(12345678901234567890123456789012345.123456789012345678901234567890))""",
            "INSERT INTO j (id, j) VALUES (20, JSON_OBJECT('long', REPEAT('é', 3000000), 'p', 1.10))",
            "SET SESSION cte_max_recursion_depth = 20000",
            "INSERT INTO j (id, j) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
            "SELECT 21, JSON_ARRAYAGG(JSON_OBJECT('price', CAST(i / 100 AS DECIMAL(10, 2)))) FROM n",
        ),
        only="mysql",
        asked=(
            "SELECT id, SHA2(CAST(j AS CHAR), 256), d FROM j ORDER BY id",
            *(
                f"SELECT id, JSON_TYPE(j->'{path}'), CAST(j->'{path}' AS CHAR) FROM j WHERE id < 20 ORDER BY id"
                for path in ("$", "$.c", "$.p", "$.a[0]", "$.d", "$.t", "$.n", "$.m", "$.u", "$.f", "$[0]")
            ),
            "SELECT JSON_TYPE(j->'$.p') FROM j WHERE id = 20",
        ),
    ),
    Kind(
        "documents made of a row's columns",
        (
            "CREATE TABLE seen (id int PRIMARY KEY, at timestamp(3), dated datetime, b binary(3), v varbinary(9), "
            "t tinyblob, o blob, m mediumblob, l longblob, bits bit(9), y year, shape point, e enum('x', 'z'), s set('x', 'z'))",
            "CREATE TABLE log (id int PRIMARY KEY, row_before json)",
            "CREATE TRIGGER logged AFTER INSERT ON seen FOR EACH ROW INSERT INTO log VALUES (NEW.id, JSON_OBJECT('at', "
            "NEW.at, 'columns', JSON_ARRAY(NEW.dated, NEW.b, NEW.v, NEW.t, NEW.o, NEW.m, NEW.l, NEW.bits, NEW.y, "
            "NEW.shape, NEW.e, NEW.s)))",
            "INSERT INTO seen VALUES (1, '2026-03-29 01:30:00.125', '2026-01-01', 0x00ff27, 0x5c27, 0xff, 0x0d0a, "
            "REPEAT(0xfe, 60000), '', b'101', 2026, POINT(1, 2), 'z', 'x,z'), "
            "(2, NULL, NULL, '', '', '', '', '', '', 0, NULL, NULL, NULL, '')",
            "INSERT INTO log SELECT 3, CAST(at AS JSON) FROM seen WHERE id = 1",
            "INSERT INTO log SELECT 4, CAST(v AS JSON) FROM seen WHERE id = 1",
            "INSERT INTO log SELECT 5, JSON_OBJECT('t', t, 'o', o, 'm', m, 'l', l) FROM seen WHERE id = 1",
        ),
        only="mysql",
        asked=(
            "SELECT id, SHA2(CAST(row_before AS CHAR), 256) FROM log ORDER BY id",
            "SELECT id, JSON_TYPE(row_before), JSON_TYPE(row_before->'$.at') FROM log ORDER BY id",
            *(f"SELECT JSON_TYPE(row_before->'$.columns[{n}]') FROM log WHERE id < 3 ORDER BY id" for n in range(12)),
        ),
    ),
)
