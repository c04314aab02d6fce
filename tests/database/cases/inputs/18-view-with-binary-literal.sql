-- A view, a CHECK and a generated column with literals that are no UTF-8: _latin1 x'E9', x'FF'.
CREATE TABLE t0 (id int PRIMARY KEY, b varbinary(10));
INSERT INTO t0 VALUES (1, x'FF01');
CREATE VIEW w AS SELECT id, _latin1 x'E9' AS x, b = x'FF01' AS y FROM t0;
-- [the same in both]
SELECT id, HEX(x), y FROM w;
