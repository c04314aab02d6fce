-- A CHECK and a DEFAULT (expression) made over latin1.
-- [production, latin1]
CREATE TABLE t (id int PRIMARY KEY, v varchar(30), d varchar(30) DEFAULT (CONCAT('doré ', 'x')), CONSTRAINT c1 CHECK (v <> 'périmé'));
INSERT INTO t (id, v) VALUES (1, 'vu');
-- [the same in both]
INSERT INTO t (id, v) VALUES (50, 'périmé');
INSERT INTO t (id, v) VALUES (51, 'x');
SELECT id, HEX(d) FROM t WHERE id = 51;
