-- 4-byte characters in a VIRTUAL column that picks an icon, and in a DEFAULT (expression).
CREATE TABLE g (id int PRIMARY KEY, s int, icon varchar(10) CHARACTER SET utf8mb4 GENERATED ALWAYS AS (IF(s > 3, '😀', '😡')) VIRTUAL, d varchar(10) CHARACTER SET utf8mb4 DEFAULT (CONCAT('🎨', '')));
INSERT INTO g (id, s) VALUES (1, 5), (2, 1);
-- [the same in both]
INSERT INTO g (id, s) VALUES (77, 5);
SELECT HEX(d), HEX(icon) FROM g WHERE id = 77;
DELETE FROM g WHERE id = 77;
