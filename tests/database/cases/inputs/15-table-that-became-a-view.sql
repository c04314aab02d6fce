-- The other way round: restorePrevious and a backup's exchange then meet a view where a table is to arrive.
CREATE TABLE base (id int PRIMARY KEY, v int);
INSERT INTO base VALUES (1, 10);
CREATE TABLE report (id int PRIMARY KEY, v int);
INSERT INTO report VALUES (5, 50);
-- [later in production]
DROP TABLE report;
CREATE VIEW report AS SELECT id, v FROM base;
