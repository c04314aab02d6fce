-- Members of an ENUM or SET that are the same in the column's collation, as after a change of it, and a SET with an empty one.
SET SESSION sql_mode = '';
CREATE TABLE alike (id int PRIMARY KEY, e enum('x', 'X', 'é', 'e', 'x ') NOT NULL, s set('a', 'A', 'é', 'e'));
INSERT INTO alike VALUES (1, 1, 1), (2, 2, 2), (3, 3, 12), (4, 4, 3), (5, 5, 8), (6, 0, 0), (7, 2, NULL);
CREATE TABLE keyless (e enum('m', 'M'), s set('m', 'M'));
INSERT INTO keyless VALUES (1, 1), (2, 2), (2, 3), (2, 3);
CREATE TABLE options (id int PRIMARY KEY, s set('', 'a', 'b') NOT NULL, last set('a', '') CHARACTER SET latin1);
INSERT INTO options VALUES (1, 0, 0), (2, 1, 1), (3, 2, 2), (4, 3, 3), (5, 7, NULL), (6, '', ''), (7, 'a', 'a');
-- [later in production]
SET SESSION sql_mode = '';
UPDATE alike SET e = 1, s = 3 WHERE id = 2;
UPDATE alike SET e = 2, s = 2 WHERE id = 1;
UPDATE options SET s = s ^ 1 WHERE id < 5;
UPDATE keyless SET s = 2 LIMIT 1;
-- [the same in both]
SELECT id, CAST(e AS UNSIGNED), CAST(s AS UNSIGNED) FROM alike ORDER BY id;
SELECT CAST(e AS UNSIGNED), CAST(s AS UNSIGNED) FROM keyless ORDER BY 1, 2;
SELECT id, CAST(s AS UNSIGNED), CAST(last AS UNSIGNED) FROM options ORDER BY id;
