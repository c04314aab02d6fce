-- A migration helper that asks information_schema before it alters, and a view over information_schema, in small and in capital letters.
CREATE TABLE client (id int PRIMARY KEY);
DELIMITER ;;
CREATE PROCEDURE add_column_unless_there(t varchar(64), c varchar(64), def varchar(200)) BEGIN
  IF NOT EXISTS (SELECT 1 FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = t AND column_name = c) THEN
    SET @ddl = CONCAT('ALTER TABLE ', t, ' ADD COLUMN ', c, ' ', def); PREPARE s FROM @ddl; EXECUTE s; DEALLOCATE PREPARE s;
  END IF;
END;;
