-- An ENUM and a SET with a character that stands for two codes, of which the definition does not tell which one it is.
SET @created = CAST(CONCAT('CREATE TABLE chosen (id int AUTO_INCREMENT PRIMARY KEY, e enum(''', x'FA4A', ''', ''b'') CHARACTER SET cp932, s set(''b'', ''', x'FA54', ''') CHARACTER SET cp932)') AS BINARY);
SET character_set_client = cp932;
PREPARE created FROM @created;
EXECUTE created;
INSERT INTO chosen (e, s) VALUES (1, 2), (2, 3);
-- [later in production]
INSERT INTO chosen (e, s) VALUES (1, 3);
UPDATE chosen SET e = 1 WHERE id = 2;
-- [the same in both]
SELECT id, HEX(e), HEX(s) FROM chosen ORDER BY id;
