-- Variables and parameters whose type is a table's or a column's: the table stands where else a database does. Functions of the Oracle mode.
-- [production, mariadb]
CREATE TABLE client (id int PRIMARY KEY, name varchar(20));
INSERT INTO client VALUES (1, 'Anna');
DELIMITER //
CREATE FUNCTION named(n TYPE OF client.id) RETURNS varchar(20) READS SQL DATA
BEGIN
  DECLARE found TYPE OF `atelier-cadrart`.client.name;
  DECLARE one ROW TYPE OF client;
  SELECT * INTO one FROM client WHERE id = n;
  SET found = one.name;
  RETURN found;
END//
SET SESSION sql_mode = ORACLE//
CREATE FUNCTION first_one(n client.id%TYPE) RETURN varchar(20) AS
  one "atelier-cadrart".client%ROWTYPE;
  found "atelier-cadrart".client.name%TYPE;
BEGIN
  FOR each_one IN (SELECT * FROM client WHERE id = n) LOOP
    found := each_one.name;
  END LOOP;
  RETURN found;
END//
CREATE TABLE dated (id int PRIMARY KEY, day date, both_of_them varchar(40) AS (CONCAT('a', NULL, day)))//
CREATE VIEW shown AS SELECT CONCAT(name, NULL) AS c, DECODE(id, 1, 'one') AS d, SUBSTR(name, 0) AS s FROM client//
DELIMITER ;
-- [the same in both]
SELECT named(1), first_one(1);
SELECT * FROM shown;
