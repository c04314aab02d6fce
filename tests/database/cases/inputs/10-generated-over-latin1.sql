-- A generated column and a CHECK made by a program that connects with latin1: the server notes the accents as latin1 bytes.
-- [production, latin1]
CREATE TABLE t (id int PRIMARY KEY, v varchar(30), g varchar(40) GENERATED ALWAYS AS (CONCAT('Déjà ', v)) STORED, CONSTRAINT c1 CHECK (v <> 'périmé'));
INSERT INTO t (id, v) VALUES (1, 'vu');
-- [the same in both]
SELECT id, HEX(g) FROM t ORDER BY id;
INSERT INTO t (id, v) VALUES (50, 'périmé');
INSERT INTO t (id, v) VALUES (51, 'p?rim?');
