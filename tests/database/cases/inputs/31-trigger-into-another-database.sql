-- A trigger and a procedure write to an audit database that the sync's account cannot see.
CREATE DATABASE third;
CREATE TABLE third.audit (id int AUTO_INCREMENT PRIMARY KEY, what varchar(40));
CREATE TABLE client (id int PRIMARY KEY, v int);
INSERT INTO client VALUES (1,10);
DELIMITER ;;
CREATE TRIGGER noted AFTER UPDATE ON client FOR EACH ROW INSERT INTO third.audit (what) VALUES (CONCAT('client ', NEW.id));;
CREATE PROCEDURE note(w varchar(40)) SQL SECURITY INVOKER BEGIN INSERT INTO third.audit (what) VALUES (w); END;;
-- [in staging]
UPDATE client SET v = 11 WHERE id = 1;
CALL note('from staging');
SELECT COUNT(*) FROM third.audit;
