-- A procedure puts the schema's name together when it runs, in pieces that no reading of its text finds.
CREATE TABLE client (id int PRIMARY KEY, v int);
INSERT INTO client VALUES (1,10),(2,20);
DELIMITER ;;
CREATE PROCEDURE empty_it() BEGIN
  SET @s = CONCAT('DELETE FROM `atelier', '-', 'cadrart`.client');
  PREPARE s FROM @s; EXECUTE s; DEALLOCATE PREPARE s;
END;;
CREATE PROCEDURE read_it() BEGIN
  SET @s = CONCAT('SELECT SUM(v) FROM `atelier', '-', 'cadrart`.client');
  PREPARE s FROM @s; EXECUTE s; DEALLOCATE PREPARE s;
END;;
