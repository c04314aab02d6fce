-- A view of production becomes a table: staging's own view of that name is in the table's way.
CREATE TABLE base (id int PRIMARY KEY, v int);
INSERT INTO base VALUES (1, 10);
CREATE VIEW report AS SELECT id, v FROM base;
-- [later in production]
DROP VIEW report;
CREATE TABLE report (id int PRIMARY KEY, v int);
INSERT INTO report VALUES (5, 50);
