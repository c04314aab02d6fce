-- Columns that may be NULL and have no default all the same, as migrations of Django leave them on MySQL: no CREATE TABLE can say
-- so, and of a long text not even the table's own definition shows it. MariaDB leaves them where a query makes the table.
-- [production, mysql]
CREATE TABLE orders (id int PRIMARY KEY, discount int DEFAULT 5, note varchar(10) DEFAULT 'x' COMMENT 'not DEFAULT NULL',
  paid timestamp NULL DEFAULT CURRENT_TIMESTAMP, `fra``me` longtext, sum int DEFAULT (1 + 2), plain text);
ALTER TABLE orders ALTER discount DROP DEFAULT, ALTER note DROP DEFAULT, ALTER paid DROP DEFAULT, ALTER `fra``me` DROP DEFAULT;
INSERT INTO orders VALUES (1, 2, 'y', '2026-05-05', 'oak', 3, NULL), (2, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE newest AS SELECT MAX(id) AS id FROM orders;
CREATE TABLE letters (id int PRIMARY KEY, body text);
INSERT INTO letters VALUES (1, 'Dear Ann');
-- [production, mariadb]
CREATE TABLE orders (id int PRIMARY KEY, discount int NOT NULL COMMENT 'in %, or ''none'',', note varchar(10) CHARACTER SET latin1
  NOT NULL, paid timestamp NOT NULL, form enum('é', 'b,') NOT NULL, place point NOT NULL, number uuid NOT NULL, doc json NOT NULL,
  frame longtext NOT NULL) DEFAULT CHARACTER SET utf8mb3;
CREATE TABLE newest AS SELECT MAX(id) AS id FROM orders;
CREATE TABLE report (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, twice int AS (discount * 2) STORED, plain varchar(9) COMMENT 'x',
  KEY (note, discount DESC), FOREIGN KEY (discount) REFERENCES orders (id), CHECK (discount < 90)) COMMENT = '(
)' AUTO_INCREMENT = 70
  AS SELECT NULL AS id, discount, note, NULL AS twice, paid, form, place, number, doc, 'x' AS plain, frame
  FROM (SELECT 1) one LEFT JOIN orders ON FALSE LIMIT 0;
INSERT INTO orders VALUES (5, 0, '', '2026-05-05', 'é', POINT(1, 2), '123e4567-e89b-12d3-a456-426655440000', '{}', 'oak');
INSERT INTO report VALUES (1, 5, 'é', DEFAULT, '2026-05-05', 'b,', POINT(1, 2), '123e4567-e89b-12d3-a456-426655440000', '{}', 'x', 'y'),
  (2, NULL, NULL, DEFAULT, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE history (label varchar(5)) WITH SYSTEM VERSIONING AS SELECT NULL AS label, MAX(id) AS id FROM orders;
CREATE TABLE parted (id int PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 2 AS SELECT 1 AS id, MAX(note) AS note FROM orders;
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
-- [later in production, mariadb]
ALTER TABLE newest ADD COLUMN label varchar(10);
-- [the same in both, mariadb]
SELECT DEFAULT(id) FROM newest;
SELECT DEFAULT(note) FROM report;
SELECT DEFAULT(doc) FROM report;
SELECT DEFAULT(plain) FROM report;
INSERT INTO newest (label) VALUES ('x');
