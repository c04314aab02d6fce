-- A 4-byte character in the expression of a generated column.
CREATE TABLE g (id int PRIMARY KEY, v varchar(20), k varchar(30) CHARACTER SET utf8mb4 GENERATED ALWAYS AS (CONCAT('🖼', v)) STORED);
INSERT INTO g (id, v) VALUES (1, 'x');
-- [later in production]
INSERT INTO g (id, v) VALUES (2, 'y');
