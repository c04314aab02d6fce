-- Values that are others than they look: the highest members of a SET, members that are there twice, types within JSON.
SET SESSION sql_mode = '';
CREATE TABLE many (id int PRIMARY KEY, s set('m1','m2','m3','m4','m5','m6','m7','m8','m9','m10','m11','m12','m13','m14','m15','m16','m17','m18','m19','m20','m21','m22','m23','m24','m25','m26','m27','m28','m29','m30','m31','m32','m33','m34','m35','m36','m37','m38','m39','m40','m41','m42','m43','m44','m45','m46','m47','m48','m49','m50','m51','m52','m53','m54','m55','m56','m57','m58','m59','m60','m61','m62','m63','m64'));
INSERT INTO many VALUES (1, 'm64'), (2, 'm64,m1'), (3, 18446744073709551615), (4, 'm54,m1');
CREATE TABLE again (id int PRIMARY KEY, e enum('a','b','a'), s set('x','x','y'), blank enum('a','','b'));
INSERT INTO again VALUES (1, 3, 3, 'none'), (2, 1, 1, ''), (3, 2, 4, 'a'), (4, NULL, NULL, NULL);
-- [production, mysql]
CREATE TABLE documents (id int PRIMARY KEY, j json);
INSERT INTO documents VALUES (1, '{"a": "2026-01-01"}'), (2, '[5, {"b": 1}]'), (3, NULL), (4, '1.5');
-- [later in production]
SET SESSION sql_mode = '';
UPDATE many SET s = 'm64,m1' WHERE id = 1;
UPDATE many SET s = 'm64,m2' WHERE id = 2;
UPDATE again SET e = 1, s = 2, blank = '' WHERE id = 1;
UPDATE again SET e = 3, s = 1, blank = 'none' WHERE id = 2;
-- [later in production, mysql]
UPDATE documents SET j = JSON_OBJECT('a', DATE'2026-01-01') WHERE id = 1;
UPDATE documents SET j = JSON_ARRAY(5, JSON_OBJECT('b', CAST(1 AS UNSIGNED))) WHERE id = 2;
UPDATE documents SET j = CAST(1.5 AS JSON) WHERE id = 4;
-- [the same in both]
SELECT id, s FROM many ORDER BY id;
SELECT id, CAST(e AS UNSIGNED), CAST(s AS UNSIGNED), CAST(blank AS UNSIGNED) FROM again ORDER BY id;
-- [the same in both, mysql]
SELECT id, JSON_TYPE(j), JSON_TYPE(j->'$.a'), JSON_TYPE(j->'$[1].b') FROM documents ORDER BY id;
