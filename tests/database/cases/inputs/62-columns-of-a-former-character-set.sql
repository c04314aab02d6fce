-- Columns with the character set that was their table's own once (ALTER TABLE … DEFAULT CHARSET), or their maker's: MySQL shows it
-- without the collation, and with it as soon as the statement is used again.
CREATE TABLE client (id int PRIMARY KEY, name varchar(200), code varchar(10) COLLATE latin1_bin DEFAULT 'x', kind enum('é', 'à') NOT NULL,
  upper_name varchar(200) GENERATED ALWAYS AS (upper(name)) STORED, KEY (name)) DEFAULT CHARSET=latin1;
INSERT INTO client (id, name, kind) VALUES (1, 'Zoé', 'à'), (2, 'Ann', 'é');
ALTER TABLE client DEFAULT CHARSET=utf8mb4;
CREATE TABLE note (id int PRIMARY KEY, body text COMMENT ' CHARACTER SET latin1 ', wide varchar(20)) DEFAULT CHARSET=utf16;
ALTER TABLE note DEFAULT CHARSET=utf8mb3;
INSERT INTO note VALUES (1, 'é', 'é');
-- [production, latin1]
CREATE TABLE made AS SELECT COALESCE('a', 'b') AS a, 'c' AS c;
-- [later in production]
ALTER TABLE note DEFAULT CHARSET=ascii;
UPDATE client SET name = 'Anne' WHERE id = 2;
-- [the same in both]
SELECT id FROM client WHERE name = 'zoe';
SELECT id FROM client WHERE code = 'X';
