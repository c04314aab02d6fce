-- Tables of engines that keep no keys: an ARCHIVE table takes no value below its AUTO_INCREMENT.
CREATE TABLE listed (id int NOT NULL, v varchar(20) NOT NULL) ENGINE=CSV;
INSERT INTO listed VALUES (3, 'c'), (1, 'a'), (2, 'b');
-- [production, mysql]
CREATE TABLE arch (id int NOT NULL AUTO_INCREMENT, v varchar(20), KEY (id)) ENGINE=ARCHIVE;
INSERT INTO arch VALUES (3, 'c'), (7, 'a'), (9, 'b');
CREATE TABLE arch2 (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, v varchar(20)) ENGINE=ARCHIVE AUTO_INCREMENT=50;
INSERT INTO arch2 (v) VALUES ('c'), ('a'), ('b');
CREATE TABLE plain (v varchar(20)) ENGINE=ARCHIVE;
INSERT INTO plain VALUES ('b'), ('a');
