-- A table that others refer to, dropped with foreign_key_checks=0 as import scripts do: its children keep their foreign keys.
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int PRIMARY KEY, p int, CONSTRAINT `of ``parent` FOREIGN KEY (p) REFERENCES parent (id) ON DELETE CASCADE);
CREATE TABLE other (id int PRIMARY KEY, p int, CONSTRAINT to_parent FOREIGN KEY (p) REFERENCES parent (id), CONSTRAINT to_child FOREIGN KEY (id) REFERENCES child (id));
INSERT INTO parent VALUES (1), (2);
INSERT INTO child VALUES (1, 1), (2, NULL);
INSERT INTO other VALUES (1, 2);
-- [later in production]
SET SESSION foreign_key_checks = 0;
DROP TABLE parent;
-- [the same in both]
INSERT INTO child VALUES (3, 2);
INSERT INTO other VALUES (2, NULL);
SELECT * FROM other;
