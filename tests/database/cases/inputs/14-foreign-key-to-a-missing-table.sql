-- A foreign key to a table that does not exist any more, and rows without a parent, both left by an import with foreign_key_checks=0.
SET SESSION foreign_key_checks = 0;
CREATE TABLE child (id int PRIMARY KEY, gone int, CONSTRAINT to_gone FOREIGN KEY (gone) REFERENCES vanished (id));
INSERT INTO child VALUES (1, 5);
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE orphan (id int PRIMARY KEY, p int, CONSTRAINT orphan_p FOREIGN KEY (p) REFERENCES parent (id) ON DELETE CASCADE ON UPDATE CASCADE);
INSERT INTO parent VALUES (1);
INSERT INTO orphan VALUES (1,1),(2,99);
-- [later in production]
SET SESSION foreign_key_checks = 0;
INSERT INTO orphan VALUES (3,98);
DELETE FROM parent WHERE id = 1;
UPDATE child SET gone = 6;
