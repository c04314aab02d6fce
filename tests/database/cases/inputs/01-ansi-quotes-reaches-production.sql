-- Routines and triggers written under ANSI_QUOTES name the schema in double quotes.
CREATE TABLE client (id int PRIMARY KEY, v int);
CREATE TABLE log (id int AUTO_INCREMENT PRIMARY KEY, what varchar(20));
INSERT INTO client VALUES (1,10),(2,20);
SET SESSION sql_mode='ANSI_QUOTES,STRICT_ALL_TABLES';
DELIMITER ;;
CREATE FUNCTION total() RETURNS int READS SQL DATA RETURN (SELECT SUM(v) FROM "atelier-cadrart"."client");;
CREATE PROCEDURE empty_it() SQL SECURITY INVOKER BEGIN DELETE FROM "atelier-cadrart"."client"; END;;
CREATE TRIGGER noted AFTER INSERT ON client FOR EACH ROW INSERT INTO "atelier-cadrart"."log" (what) VALUES ('new');;
-- [in staging]
UPDATE client SET v = 1000;
SELECT total();
INSERT INTO client VALUES (9, 9);
CALL empty_it();
