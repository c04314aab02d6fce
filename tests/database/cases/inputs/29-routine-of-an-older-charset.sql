-- The database's default character set was changed after a function and a trigger were made; they go on with the one of their birth.
ALTER DATABASE `atelier-cadrart` CHARACTER SET latin1 COLLATE latin1_swedish_ci;
CREATE TABLE client (id int PRIMARY KEY, v varchar(40) CHARACTER SET utf8mb4);
DELIMITER ;;
CREATE FUNCTION keep(a varchar(20)) RETURNS varchar(20) DETERMINISTIC RETURN a;;
CREATE FUNCTION cs() RETURNS varchar(64) CHARACTER SET utf8mb4 DETERMINISTIC BEGIN DECLARE x varchar(10) DEFAULT 'a'; RETURN CONCAT(CHARSET(x), ' ', COLLATION(x)); END;;
DELIMITER ;
ALTER DATABASE `atelier-cadrart` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
INSERT INTO client VALUES (1, 'x');
-- [the same in both]
SELECT cs(), CHARSET(keep('a'));
SET SESSION sql_mode='';
SELECT HEX(keep(_utf8mb4 0xE282ACCEA9));
