-- A table is emptied or rebuilt once the snapshot is open: its definition is the same, the snapshot cannot read it.
CREATE TABLE a_big (id int PRIMARY KEY, v varchar(200));
CREATE TABLE z_cache (id int AUTO_INCREMENT PRIMARY KEY, v varchar(200));
INSERT INTO a_big VALUES (1,'x');
INSERT INTO z_cache (v) VALUES ('a'),('b');
