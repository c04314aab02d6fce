-- Tables with history (MariaDB): periods that are hidden, named and of one column less; partitions; a tester's own rows.
-- [production, mariadb]
CREATE TABLE parent (id int PRIMARY KEY);
INSERT INTO parent VALUES (1), (2);
CREATE TABLE price (id int AUTO_INCREMENT PRIMARY KEY, v int, mail varchar(50) UNIQUE, CONSTRAINT of_it FOREIGN KEY (v) REFERENCES parent (id)) WITH SYSTEM VERSIONING;
INSERT INTO price VALUES (1, 1, 'a@b.c'), (2, 1, 'd@e.f');
UPDATE price SET v = 2;
UPDATE price SET mail = 'g@h.i' WHERE id = 1;
DELETE FROM price WHERE id = 2;
CREATE TABLE named (id int PRIMARY KEY, v longtext, w int WITHOUT SYSTEM VERSIONING, a timestamp(6) GENERATED ALWAYS AS ROW START, b timestamp(6) GENERATED ALWAYS AS ROW END INVISIBLE, PERIOD FOR SYSTEM_TIME (a, b)) WITH SYSTEM VERSIONING;
INSERT INTO named (id, v) VALUES (1, REPEAT('x', 100000));
UPDATE named SET v = 'short';
CREATE TABLE keyless (v int, twice int AS (v * 2) STORED) WITH SYSTEM VERSIONING PARTITION BY SYSTEM_TIME (PARTITION old HISTORY, PARTITION now CURRENT);
INSERT INTO keyless (v) VALUES (1), (1);
UPDATE keyless SET v = 2;
CREATE TABLE nothing_but_history (id int PRIMARY KEY) WITH SYSTEM VERSIONING;
INSERT INTO nothing_but_history VALUES (1);
DELETE FROM nothing_but_history;
CREATE TABLE by_months (id int PRIMARY KEY, v int) WITH SYSTEM VERSIONING PARTITION BY SYSTEM_TIME INTERVAL 1 MONTH STARTS '2026-01-01 00:00:00' AUTO;
SET TIMESTAMP = UNIX_TIMESTAMP('2026-01-01 00:30:00');
INSERT INTO by_months VALUES (1, 1);
UPDATE by_months SET v = 2;
CREATE TABLE small (id int PRIMARY KEY, v int) ENGINE=Aria WITH SYSTEM VERSIONING;
INSERT INTO small VALUES (1, 1);
UPDATE small SET v = 2;
CREATE VIEW before_it AS SELECT v FROM price FOR SYSTEM_TIME ALL;
CREATE TRIGGER noted BEFORE INSERT ON price FOR EACH ROW SET NEW.v = 1;
-- [in staging]
UPDATE price SET v = 1;
-- [later in production]
UPDATE price SET mail = 'j@k.l' WHERE id = 1;
DELETE HISTORY FROM keyless;
UPDATE by_months SET v = 3;
-- [the same in both]
SELECT COUNT(*) FROM before_it;
SELECT v FROM price FOR SYSTEM_TIME AS OF TIMESTAMP'2020-01-01 00:00:00';
SELECT id, v, mail, row_start < row_end FROM price FOR SYSTEM_TIME ALL ORDER BY row_end, id;
UPDATE price SET v = 2;
SELECT COUNT(*) FROM price FOR SYSTEM_TIME ALL;
