-- Tables from before the server's settings for new sessions: no primary key, times without a default, a hidden key.
-- [production]
CREATE TABLE logged (a int, b varchar(10));
INSERT INTO logged VALUES (1, 'x'), (1, 'x'), (NULL, NULL);
CREATE TABLE seen (id int AUTO_INCREMENT PRIMARY KEY, first timestamp NOT NULL, last timestamp NOT NULL, up int,
  FOREIGN KEY (up) REFERENCES seen (id));
INSERT INTO seen (first, last) VALUES ('2021-01-01', '2022-01-01'), ('2023-01-01', '2023-01-02');
CREATE VIEW latest AS SELECT id, last FROM seen;
CREATE PROCEDURE forget() DELETE FROM logged;
CREATE TRIGGER looked BEFORE INSERT ON seen FOR EACH ROW SET @looked = 1;
-- [production, mysql]
SET SESSION sql_generate_invisible_primary_key = ON;
CREATE TABLE numbered (v varchar(5));
INSERT INTO numbered VALUES ('x'), ('x'), ('y');
DELETE FROM numbered WHERE v = 'y';
CREATE TABLE priced (id int PRIMARY KEY, doc json);
INSERT INTO priced VALUES (1, JSON_OBJECT('lines', JSON_ARRAY(JSON_OBJECT('price', 1.10))));
-- [later in production]
DELETE FROM logged LIMIT 1;
INSERT INTO seen (first, last, up) VALUES ('2024-01-01', '2024-02-01', 1);
-- [the same in both]
SELECT a, b FROM logged;
SELECT first, last, up FROM seen ORDER BY id;
-- [the same in both, mysql]
SELECT my_row_id, v FROM numbered ORDER BY my_row_id;
