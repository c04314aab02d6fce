-- The database's default character set was changed after two functions were made and before a third one was; each goes on with the one of its birth.
ALTER DATABASE `atelier-cadrart` CHARACTER SET latin1 COLLATE latin1_swedish_ci;
CREATE TABLE client (id int PRIMARY KEY, v varchar(40) CHARACTER SET utf8mb4);
DELIMITER ;;
CREATE FUNCTION keep(a varchar(20)) RETURNS varchar(20) DETERMINISTIC RETURN a;;
CREATE FUNCTION cs() RETURNS varchar(64) CHARACTER SET utf8mb4 DETERMINISTIC BEGIN DECLARE x varchar(10) DEFAULT 'a'; RETURN CONCAT(CHARSET(x), ' ', COLLATION(x)); END;;
DELIMITER ;
ALTER DATABASE `atelier-cadrart` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
DELIMITER ;;
CREATE FUNCTION later() RETURNS varchar(64) CHARACTER SET utf8mb4 DETERMINISTIC BEGIN DECLARE x varchar(10) DEFAULT 'a'; RETURN CONCAT(CHARSET(x), ' ', COLLATION(x)); END;;
DELIMITER ;
INSERT INTO client VALUES (1, 'x');
-- [the same in both]
SELECT cs(), later(), CHARSET(keep('a'));
SET SESSION sql_mode='';
SELECT HEX(keep(_utf8mb4 0xE282ACCEA9));
