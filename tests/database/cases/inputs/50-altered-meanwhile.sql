-- A table that is altered while it is copied, so that what was read of it is no more true.
-- [production]
CREATE TABLE client (id int PRIMARY KEY, name varchar(10));
INSERT INTO client WITH RECURSIVE n AS (SELECT 1 i UNION ALL SELECT i + 1 FROM n WHERE i < 300) SELECT i, CONCAT('c', i) FROM n;
CREATE VIEW names AS SELECT name FROM client;
-- [wider]
ALTER TABLE client MODIFY name varchar(100);
INSERT INTO client VALUES (5000, REPEAT('long ', 15));
-- [of another type]
ALTER TABLE client MODIFY id varchar(20);
UPDATE client SET id = CONCAT('k', id);
-- [without its key]
ALTER TABLE client DROP PRIMARY KEY, ADD UNIQUE KEY other (id);
