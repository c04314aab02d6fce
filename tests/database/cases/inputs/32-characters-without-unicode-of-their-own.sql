-- Columns in old character sets, some with bytes that have no Unicode character or two codes for one.
SET SESSION sql_mode = '';
CREATE TABLE cp (id int PRIMARY KEY, a varchar(10) CHARACTER SET cp932, b varchar(10) CHARACTER SET gbk, c varchar(10) CHARACTER SET hebrew, d varchar(10) CHARACTER SET cp1250, e varchar(10) CHARACTER SET latin1, f varchar(10) CHARACTER SET koi8r, g varchar(10) CHARACTER SET utf8mb3, h varchar(10) CHARACTER SET eucjpms, i varchar(10) CHARACTER SET macroman);
INSERT INTO cp (id, a, c, d, e) VALUES (1, x'81CA', x'A1', x'81', x'818D8F909D'), (2, x'EEF9', x'BF', x'83', 'Ã©');
INSERT INTO cp (id, b, f, g, h, i) VALUES (3, x'A1A4', x'A3', 'é', x'8EA1', x'DB');
-- [later in production]
SET SESSION sql_mode = '';
UPDATE cp SET a = x'EEF9', c = x'D9', d = x'88' WHERE id = 1;
