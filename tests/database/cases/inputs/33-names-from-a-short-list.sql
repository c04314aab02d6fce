-- More first names than the list of masks holds, in a unique column.
CREATE TABLE c (id int PRIMARY KEY, firstName varchar(100), UNIQUE KEY (firstName));
INSERT INTO c (id, firstName) WITH RECURSIVE s AS (SELECT 1 n UNION ALL SELECT n+1 FROM s WHERE n < 40) SELECT n, CONCAT('name', n) FROM s;
