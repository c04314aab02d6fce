-- Keys of types whose values are written, ordered or folded in a way of their own, and no keys at all.
SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES';
CREATE TABLE k_float (k float PRIMARY KEY, v int);
INSERT INTO k_float VALUES (0.1, 1), (1e30, 2), (-0.5, 3), (3.4028234e38, 4);
CREATE TABLE k_bit (k bit(64) PRIMARY KEY, v int);
INSERT INTO k_bit VALUES (b'0', 1), (18446744073709551615, 2), (9223372036854775808, 3);
CREATE TABLE k_bytes (k varbinary(8), b binary(4), v int, PRIMARY KEY (k, b));
INSERT INTO k_bytes VALUES ('', '', 1), (0x20, 0x20, 2), (0x2000, 0x61000000, 3), (0x00, 0x00, 4), (0xff, 0xff, 5);
CREATE TABLE k_enum (k enum('b','a','','C'), s set('b','a','c'), v int, PRIMARY KEY (k, s));
INSERT INTO k_enum VALUES ('b', '', 1), ('a', 'a,b', 2), (3, 'c', 3);
CREATE TABLE k_time (k time(6), y year, v int, PRIMARY KEY (k, y));
INSERT INTO k_time VALUES ('-838:59:59', 0, 1), ('838:59:59', 1901, 2), ('00:00:00.000001', 2155, 3), ('-00:00:00.5', 0, 4);
CREATE TABLE k_date (k date, d datetime(6), v int, PRIMARY KEY (k, d));
INSERT INTO k_date VALUES ('0000-00-00', '2026-02-30 10:00:00.000001', 1), ('2026-00-10', '0000-00-00 00:00:00', 2), ('9999-12-31', '1000-01-01 00:00:00', 3);
CREATE TABLE k_stamp (k timestamp(6) NOT NULL PRIMARY KEY DEFAULT CURRENT_TIMESTAMP(6), v int);
INSERT INTO k_stamp VALUES ('0000-00-00 00:00:00', 1), ('2026-03-29 01:30:00.1', 2), ('2038-01-19 03:14:07.999999', 3);
CREATE TABLE k_text (k varchar(20) COLLATE utf8mb4_general_ci PRIMARY KEY, v int);
INSERT INTO k_text VALUES ('a ', 1), ('B', 2), ('é1', 3), ('', 4);
CREATE TABLE k_old (k varchar(20) CHARACTER SET latin1 COLLATE latin1_german2_ci, j varchar(20) CHARACTER SET sjis, u varchar(20) CHARACTER SET utf16, v int, PRIMARY KEY (k, j, u));
INSERT INTO k_old VALUES ('Straße', 'ソ', 'é', 1), ('b', '表', '', 2);
CREATE TABLE k_prefix (k varchar(100) NOT NULL, t text NOT NULL, UNIQUE KEY (k(3)), UNIQUE KEY (t(5)));
INSERT INTO k_prefix VALUES ('abcde', 'xxxxxx'), ('bcde', 'y');
CREATE TABLE k_descending (a int NOT NULL, b int NOT NULL, PRIMARY KEY (a DESC, b), KEY (b DESC));
INSERT INTO k_descending VALUES (1, 2), (3, 1), (3, -5), (2, 2);
CREATE TABLE k_null (a int, b int, UNIQUE KEY (a, b));
INSERT INTO k_null VALUES (1, 1), (NULL, 1), (NULL, 1), (1, NULL), (1, NULL), (NULL, NULL);
CREATE TABLE k_long (k decimal(65,0) PRIMARY KEY, v int);
INSERT INTO k_long VALUES (99999999999999999999999999999999999999999999999999999999999999999, 1), (-1, 2), (0, 3);
-- [production, mysql]
CREATE TABLE k_of_expression (a int NOT NULL, b int NOT NULL, UNIQUE KEY ((a + b)));
INSERT INTO k_of_expression VALUES (1, 2), (3, 4);
CREATE TABLE k_hidden (a int NOT NULL, b int NOT NULL, v int, UNIQUE KEY shown (b), UNIQUE KEY hidden (a) INVISIBLE);
SET SESSION sql_generate_invisible_primary_key = ON;
CREATE TABLE k_invisible (a int, b text);
INSERT INTO k_invisible VALUES (1, 'x'), (2, 'y');
-- [production, mariadb]
CREATE TABLE k_hidden (a int NOT NULL, b int NOT NULL, v int, UNIQUE KEY shown (b), UNIQUE KEY hidden (a) IGNORED);
CREATE TABLE k_uuid (k uuid, i inet6, v int, PRIMARY KEY (k, i));
INSERT INTO k_uuid VALUES ('12345678-1234-1234-1234-123456789abc', '::', 1), ('ffffffff-ffff-7fff-bfff-ffffffffffff', '::ffff:1.2.3.4', 2);
CREATE TABLE k_blob (k blob NOT NULL, v int, UNIQUE (k));
INSERT INTO k_blob VALUES ('a', 1), ('b', 2), ('a\0', 3);
CREATE TABLE k_period (id int, s date, e date, PERIOD FOR p (s, e), PRIMARY KEY (id, p WITHOUT OVERLAPS));
INSERT INTO k_period VALUES (1, '2026-01-01', '2026-02-01'), (1, '2026-02-01', '2026-03-01');
-- [production]
INSERT INTO k_hidden VALUES (1, 5, 1), (2, 4, 2), (3, 3, 3);
-- [later in production]
UPDATE k_hidden SET v = 9 WHERE b = 4;
DELETE FROM k_hidden WHERE b = 3;
SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES';
UPDATE k_float SET v = 9;
UPDATE k_bit SET v = 9;
UPDATE k_enum SET v = 9;
UPDATE k_time SET v = 9;
UPDATE k_date SET v = 9;
UPDATE k_stamp SET v = 9;
UPDATE k_text SET k = 'A ' WHERE v = 1;
UPDATE k_text SET k = 'É1' WHERE v = 3;
UPDATE k_old SET k = 'STRASSE' WHERE v = 1;
UPDATE k_long SET v = 9;
UPDATE k_null SET a = 5 WHERE b IS NULL AND a IS NULL;
DELETE FROM k_bytes WHERE v = 3;
-- [later in production, mysql]
UPDATE k_of_expression SET a = 9, b = -6 WHERE a = 1;
UPDATE k_invisible SET b = 'z' WHERE a = 1;
-- [later in production, mariadb]
UPDATE k_uuid SET i = '::5' WHERE v = 1;
UPDATE k_period SET e = '2026-04-01' WHERE s = '2026-02-01';
