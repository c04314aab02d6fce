-- The schema's name in capitals: the same schema where the server folds case, none where it does not.
CREATE TABLE client (id int PRIMARY KEY, v int);
INSERT INTO client VALUES (1,10),(2,20);
DELIMITER ;;
CREATE FUNCTION total() RETURNS int READS SQL DATA RETURN (SELECT SUM(v) FROM `ATELIER-CADRART`.client);;
CREATE PROCEDURE empty_it() BEGIN DELETE FROM `Atelier-Cadrart`.client; END;;
