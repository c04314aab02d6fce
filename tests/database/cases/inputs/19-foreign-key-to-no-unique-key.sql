-- A foreign key to an index that is not unique, made before MySQL 8.4 forbade it by default.
-- [production, mysql]
SET SESSION restrict_fk_on_non_standard_key = OFF;
CREATE TABLE currency (id int PRIMARY KEY, code char(3) NOT NULL, KEY (code));
CREATE TABLE price (id int PRIMARY KEY, code char(3), CONSTRAINT price_code FOREIGN KEY (code) REFERENCES currency (code));
INSERT INTO currency VALUES (1,'EUR'),(2,'USD');
INSERT INTO price VALUES (1,'EUR');
