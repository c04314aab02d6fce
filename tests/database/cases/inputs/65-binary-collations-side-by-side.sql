-- Texts that servers put beside no other, each compared by its bytes: a row's columns of two binary collations, or one beside a document.
-- [production, mysql]
CREATE TABLE file (path varchar(40) COLLATE utf8mb4_0900_bin, hash varchar(40) COLLATE utf8mb4_bin, tag varchar(9) COLLATE utf8mb3_bin,
  code varchar(9) COLLATE latin1_bin, title varchar(40), body longtext COLLATE utf8mb4_0900_bin, j json, PRIMARY KEY (hash, path));
-- [production, mariadb]
CREATE TABLE file (path varchar(40) COLLATE utf8mb4_nopad_bin, hash varchar(40) COLLATE utf8mb4_bin, tag varchar(9) COLLATE utf8mb3_nopad_bin,
  code varchar(9) COLLATE latin1_bin, title varchar(40), body longtext COLLATE utf8mb4_nopad_bin, j json, PRIMARY KEY (hash, path));
-- [production]
INSERT INTO file VALUES ('a', 'A', 'é', 'é', '😀', 'é\nx', '{"é": "😀"}'), ('a ', 'B', NULL, NULL, NULL, NULL, '[1]'), ('', 'b', '', '', '', '', NULL);
CREATE TABLE bits AS SELECT path, hash FROM file;
-- [later in production]
UPDATE file SET path = 'a😀' WHERE hash = 'A';
UPDATE file SET body = 'É' WHERE hash = 'b';
DELETE FROM bits WHERE hash = 'b';
-- [the same in both]
SELECT hash FROM file WHERE path = 'a';
