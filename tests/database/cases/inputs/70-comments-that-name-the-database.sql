-- Comments of routines and of an event that show how they are called, with the database's name before the dot.
CREATE TABLE client (id int PRIMARY KEY COMMENT 'of `atelier-cadrart`.client') COMMENT 'see `atelier-cadrart`.clients()';
INSERT INTO client VALUES (1), (2);
CREATE FUNCTION clients() RETURNS int READS SQL DATA COMMENT 'Example: SELECT `atelier-cadrart`.clients();'
RETURN (SELECT COUNT(*) FROM client);
CREATE PROCEDURE tidy(lowest int) COMMENT 'Example:\n\nmysql> CALL `atelier-cadrart`.tidy(1);'
DELETE FROM client WHERE id < lowest;
CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY COMMENT 'Calls `atelier-cadrart`.tidy()' DO CALL tidy(0);
-- [later in production]
INSERT INTO client VALUES (3);
-- [the same in both]
SELECT clients();
