-- Columns that may be NULL and have no default all the same, as migrations of Django leave them on MySQL: no CREATE TABLE can say
-- so, and of a long text not even the table's own definition shows it.
-- [production, mysql]
CREATE TABLE orders (id int PRIMARY KEY, discount int DEFAULT 5, note varchar(10) DEFAULT 'x' COMMENT 'not DEFAULT NULL',
  paid timestamp NULL DEFAULT CURRENT_TIMESTAMP, `fra``me` longtext, sum int DEFAULT (1 + 2), plain text);
ALTER TABLE orders ALTER discount DROP DEFAULT, ALTER note DROP DEFAULT, ALTER paid DROP DEFAULT, ALTER `fra``me` DROP DEFAULT;
INSERT INTO orders VALUES (1, 2, 'y', '2026-05-05', 'oak', 3, NULL), (2, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE newest AS SELECT MAX(id) AS id FROM orders;
CREATE TABLE letters (id int PRIMARY KEY, body text);
INSERT INTO letters VALUES (1, 'Dear Ann');
-- [later in production, mysql]
ALTER TABLE letters ALTER body DROP DEFAULT;
ALTER TABLE orders ALTER paid SET DEFAULT NULL;
-- [the same in both, mysql]
SELECT DEFAULT(discount) FROM orders;
SELECT DEFAULT(note) FROM orders;
SELECT DEFAULT(paid) FROM orders;
SELECT DEFAULT(`fra``me`) FROM orders;
SELECT DEFAULT(plain) FROM orders;
SELECT DEFAULT(id) FROM newest;
SELECT DEFAULT(body) FROM letters;
INSERT INTO letters (id) VALUES (2);
