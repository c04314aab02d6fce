-- Rows that a CHECK would refuse today: it was added with check_constraint_checks=0.
-- [production, mariadb]
CREATE TABLE t (id int PRIMARY KEY, j longtext CHECK (json_valid(j)), q int, CONSTRAINT positive CHECK (q > 0));
SET SESSION check_constraint_checks = 0;
INSERT INTO t VALUES (1, '{"a":1}', 1), (2, 'O:8:"stdClass":0:{}', 1), (3, '{}', -1);
