-- Views with INTERSECT or EXCEPT, to which MySQL adds the same conditions again each time they are made.
CREATE TABLE part (id int PRIMARY KEY, v int, w int);
INSERT INTO part VALUES (1, 1, 2), (2, NULL, 1), (3, 2, NULL);
CREATE VIEW of_both AS SELECT id FROM part INTERSECT SELECT v FROM part;
CREATE VIEW of_pairs AS SELECT v, w FROM part WHERE w > 0 AND v BETWEEN 0 AND 5 INTERSECT SELECT v, w FROM part WHERE 'a) and (' <> '';
CREATE VIEW within_it AS SELECT id FROM part WHERE v IN (SELECT v FROM part INTERSECT SELECT id FROM part) UNION SELECT 9;
CREATE VIEW of_the_first AS SELECT id FROM part EXCEPT SELECT v FROM part;
CREATE VIEW twice AS SELECT v FROM part EXCEPT SELECT w FROM part INTERSECT SELECT id FROM part EXCEPT ALL SELECT w FROM part;
-- [later in production]
INSERT INTO part VALUES (4, 4, 4);
-- [the same in both]
SELECT * FROM of_both ORDER BY 1;
SELECT * FROM of_pairs ORDER BY 1;
SELECT * FROM within_it ORDER BY 1;
SELECT * FROM of_the_first ORDER BY 1;
SELECT * FROM twice ORDER BY 1;
