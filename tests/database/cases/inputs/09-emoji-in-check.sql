-- A 4-byte character in a CHECK.
CREATE TABLE c (id int PRIMARY KEY, v varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, CONSTRAINT no_frame CHECK (v <> '🖼'));
INSERT INTO c VALUES (1, 'x'), (2, '?');
-- [later in production]
INSERT INTO c VALUES (3, 'y');
-- [the same in both]
INSERT INTO c VALUES (78, '🖼');
