-- Unique keys as MariaDB keeps them where a column is told to take no NULL, or NULL, after it was made: not in the order in which
-- it would make them again.
CREATE TABLE client (id int PRIMARY KEY, number int, mail varchar(100), UNIQUE KEY mail (mail), UNIQUE KEY number (number));
ALTER TABLE client MODIFY number int NOT NULL;
INSERT INTO client VALUES (1, 7, 'a@b.example'), (2, 8, NULL);
CREATE TABLE orders (number int, code int, UNIQUE KEY code (code), UNIQUE KEY number (number), KEY (code, number));
ALTER TABLE orders ADD PRIMARY KEY (number);
INSERT INTO orders VALUES (1, 2), (3, NULL);
-- [later in production]
UPDATE client SET mail = 'c@d.example' WHERE id = 2;
ALTER TABLE client MODIFY number int, MODIFY mail varchar(100) NOT NULL DEFAULT '';
INSERT INTO orders VALUES (4, 5);
