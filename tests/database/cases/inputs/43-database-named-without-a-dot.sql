-- A procedure that makes the database anew, and one that lists its tables: the name stands there by itself.
CREATE TABLE client (id int PRIMARY KEY);
INSERT INTO client VALUES (1);
DELIMITER ;;
CREATE PROCEDURE anew() SQL SECURITY INVOKER BEGIN
  DROP DATABASE IF EXISTS `atelier-cadrart`; CREATE SCHEMA `atelier-cadrart`; ALTER DATABASE `atelier-cadrart` CHARACTER SET latin1;
END;;
CREATE PROCEDURE listed() SQL SECURITY INVOKER BEGIN SHOW TABLES FROM `atelier-cadrart`; SHOW INDEX FROM client FROM `atelier-cadrart`; END;;
-- [in staging]
CALL listed();
CALL anew();
