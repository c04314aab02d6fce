-- One member of an ENUM is a 4-byte character.
CREATE TABLE vote (id int PRIMARY KEY, e enum('no','👍') CHARACTER SET utf8mb4 NOT NULL);
INSERT INTO vote VALUES (1, '👍'), (2, 'no');
-- [later in production]
INSERT INTO vote VALUES (3, '👍');
-- [the same in both]
SELECT id, HEX(e) FROM vote WHERE e = '👍' ORDER BY id;
