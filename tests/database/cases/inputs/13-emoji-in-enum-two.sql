-- Two members of an ENUM are 4-byte characters.
-- [production, mysql]
CREATE TABLE vote (id int PRIMARY KEY, e enum('👎','👍') CHARACTER SET utf8mb4 NOT NULL);
INSERT INTO vote VALUES (1, '👍'), (2, '👎');
-- [later in production]
INSERT INTO vote VALUES (3, '👍');
