-- Views that compare what functions answer (in the reader's collation) with texts of their own (in their maker's), as applications
-- make them that ask for utf8mb4_unicode_ci, or a newer MariaDB's client for its own default.
CREATE TABLE orders (id int PRIMARY KEY, day date, v int);
INSERT INTO orders VALUES (1, '2026-05-05', 1), (2, '2025-05-05', 2);
SET NAMES utf8mb4 COLLATE utf8mb4_unicode_ci;
CREATE VIEW of_2026 AS SELECT id, v FROM orders WHERE DATE_FORMAT(day, '%Y') = '2026' OR HEX(v) IN ('7', '8');
CREATE VIEW listed AS SELECT GROUP_CONCAT(id) AS ids FROM orders HAVING ids <> '';
CREATE VIEW `odd 'one'` AS SELECT id FROM of_2026 WHERE HEX(id) IN ('1', '2');
SET NAMES utf8mb4 COLLATE utf8mb4_general_ci;
CREATE VIEW general AS SELECT id FROM orders WHERE HEX(v) IN ('1', '2') OR TIME_FORMAT('1:00', '%H') = '1';
SET NAMES utf8mb4;
CREATE VIEW usual AS SELECT id FROM orders WHERE HEX(v) IN ('1', '2') OR TIME_FORMAT('1:00', '%H') = '1';
SET character_set_connection = utf16le;
CREATE VIEW `in utf16` AS SELECT id FROM orders WHERE v <> '7';
-- [later in production]
INSERT INTO orders VALUES (3, '2026-06-06', 3);
SET NAMES utf8mb4 COLLATE utf8mb4_unicode_ci;
CREATE OR REPLACE VIEW listed AS SELECT GROUP_CONCAT(v) AS ids FROM orders HAVING ids NOT IN ('', '0');
-- [the same in both]
SET NAMES utf8mb4 COLLATE utf8mb4_unicode_ci;
SELECT * FROM of_2026 ORDER BY id;
SELECT * FROM listed;
SELECT * FROM `odd 'one'`;
SET NAMES utf8mb4 COLLATE utf8mb4_general_ci;
SELECT * FROM general ORDER BY id;
