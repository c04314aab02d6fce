-- A procedure made under NO_BACKSLASH_ESCAPES: a text that ends with a backslash, and the schema's name further on.
CREATE TABLE client (id int PRIMARY KEY, path varchar(40));
INSERT INTO client VALUES (1, 'x');
SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES';
DELIMITER ;;
CREATE PROCEDURE set_path() SQL SECURITY INVOKER BEGIN UPDATE `atelier-cadrart`.client SET path = 'C:\'; DELETE FROM `atelier-cadrart`.client WHERE path = 'D:\'; END;;
-- [in staging]
CALL set_path();
SELECT path FROM client;
