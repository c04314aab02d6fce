-- Keys in characters that have two codes, or none in Unicode, and keys with the names of a program's own variables.
CREATE TABLE twice (k varchar(20) CHARACTER SET cp932 PRIMARY KEY, v int);
INSERT INTO twice SELECT CONCAT(_cp932 x'FA4A', n), n FROM (WITH RECURSIVE s AS (SELECT 1 n UNION ALL SELECT n + 1 FROM s WHERE n < 600) SELECT n FROM s) s;
CREATE TABLE unknown (k varchar(20) CHARACTER SET cp1250 PRIMARY KEY, v int);
INSERT INTO unknown SELECT CONCAT(_cp1250 x'81', v), v FROM twice;
CREATE TABLE job (finished int, written int, cadrart_v0 int, PRIMARY KEY (finished, written));
INSERT INTO job SELECT v, v, 1 FROM twice;
CREATE TABLE numbered (cadrart_k0 int PRIMARY KEY, v int);
INSERT INTO numbered SELECT v, v FROM twice;
-- [later in production]
UPDATE twice SET v = 0 WHERE v = 7;
DELETE FROM twice WHERE v = 9;
UPDATE unknown SET v = 0 WHERE v = 7;
DELETE FROM job WHERE finished % 2 = 0;
UPDATE job SET cadrart_v0 = 2 WHERE written = 3;
DELETE FROM numbered WHERE cadrart_k0 = 5;
-- [the same in both]
SELECT HEX(k), v FROM twice WHERE v < 10 ORDER BY k;
