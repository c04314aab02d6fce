-- Tables of engines that know no transactions, in a schema with views and triggers over them.
CREATE TABLE log (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, v varchar(20), t text, FULLTEXT KEY words (t)) ENGINE=MyISAM AUTO_INCREMENT=50 COMMENT='it''s';
INSERT INTO log (v, t) VALUES ('a', 'wording'), ('b', NULL), ('c', '');
DELETE FROM log WHERE v = 'c';
CREATE TABLE numbered (kind char(3) NOT NULL, n int NOT NULL AUTO_INCREMENT, f float, PRIMARY KEY (kind, n)) ENGINE=MyISAM;
INSERT INTO numbered (kind, f) VALUES ('a', 0.1), ('b', -0.0), ('a', 1e30);
CREATE TABLE keyless (v varchar(20) CHARACTER SET latin1, b blob, bits bit(9)) ENGINE=MyISAM ROW_FORMAT=DYNAMIC;
INSERT INTO keyless VALUES ('é', 0x00ff, b'101'), ('é', 0x00ff, b'101'), (NULL, NULL, NULL);
CREATE TABLE cache (id int PRIMARY KEY, v varchar(2000), KEY (v(20)) USING BTREE) ENGINE=MEMORY MAX_ROWS=1000;
INSERT INTO cache VALUES (2, 'x'), (1, NULL);
CREATE TABLE listed (id int NOT NULL, v varchar(20) NOT NULL, d date NOT NULL) ENGINE=CSV;
INSERT INTO listed VALUES (1, 'a,"b"\\', '2026-01-01'), (1, 'a,"b"\\', '2026-01-01'), (2, '', '1000-01-01');
CREATE TABLE nobody (id int PRIMARY KEY) ENGINE=MyISAM;
CREATE TABLE usual (id int PRIMARY KEY, v int) ENGINE=InnoDB;
INSERT INTO usual VALUES (1, 1);
CREATE VIEW both_of_them AS SELECT log.v, usual.id FROM log LEFT JOIN usual USING (id);
CREATE TRIGGER noted AFTER INSERT ON numbered FOR EACH ROW INSERT INTO log (v) VALUES ('noted');
CREATE TRIGGER shortened BEFORE INSERT ON cache FOR EACH ROW SET NEW.v = LEFT(NEW.v, 5);
-- [production, mysql]
CREATE TABLE kept (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, v varchar(20)) ENGINE=ARCHIVE AUTO_INCREMENT=50;
INSERT INTO kept (v) VALUES ('c'), ('a'), ('b');
CREATE TABLE swallowed (id int PRIMARY KEY, v int) ENGINE=BLACKHOLE;
INSERT INTO swallowed VALUES (1, 1);
-- [production, mariadb]
CREATE TABLE crash_safe (id int AUTO_INCREMENT PRIMARY KEY, v text, c varchar(50) COMPRESSED) ENGINE=Aria TRANSACTIONAL=1;
INSERT INTO crash_safe VALUES (1, 'x', REPEAT('y', 40)), (2, NULL, NULL);
CREATE TABLE parts (id int, v int, s int AS (v * 2) PERSISTENT) ENGINE=MyISAM PARTITION BY HASH (id) PARTITIONS 3;
INSERT INTO parts (id, v) VALUES (1, 1), (2, 2), (2, 2);
-- [later in production]
INSERT INTO log (v) VALUES ('later');
UPDATE numbered SET f = 2 WHERE kind = 'a';
DELETE FROM keyless LIMIT 1;
INSERT INTO cache VALUES (3, 'much too long');
INSERT INTO listed VALUES (0, 'z', '2026-12-31');
INSERT INTO usual VALUES (2, 2);
-- [the same in both]
INSERT INTO log (v) VALUES ('the next number');
SELECT id, v FROM log ORDER BY id;
SELECT id FROM log WHERE MATCH (t) AGAINST ('wording' IN BOOLEAN MODE);
