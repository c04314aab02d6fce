-- A view with JSON_TABLE that reads another view which calls a function.
CREATE TABLE t (id int PRIMARY KEY, j json);
INSERT INTO t VALUES (1, '[1,2]');
CREATE FUNCTION same(x int) RETURNS int DETERMINISTIC RETURN x;
CREATE VIEW v1 AS SELECT same(id) AS id, j FROM t;
CREATE VIEW v2 AS SELECT v1.id, jt.n FROM v1, JSON_TABLE(v1.j, '$[*]' COLUMNS (n int PATH '$')) jt;
-- [the same in both]
SELECT * FROM v2 ORDER BY n;
