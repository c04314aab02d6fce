-- What servers show otherwise than they read it: an event made under HIGH_NOT_PRECEDENCE with a clause that MySQL does not
-- read in that mode; comments made under NO_BACKSLASH_ESCAPES with backslashes that are not taken out again; whether a
-- time is true, with a literal of no character set (MySQL); an owner with an @ as one of another name (MariaDB).
CREATE TABLE log (id int AUTO_INCREMENT PRIMARY KEY, v int NOT NULL);
INSERT INTO log (v) VALUES (1), (2);
SET SESSION sql_mode = CONCAT(@@sql_mode, ',HIGH_NOT_PRECEDENCE');
CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY STARTS '2037-01-01 00:00:00' DO DELETE FROM log WHERE NOT v BETWEEN 1 AND 9;
CREATE EVENT kept ON SCHEDULE EVERY 1 DAY STARTS '2037-01-01 00:00:00' ON COMPLETION PRESERVE DO DELETE FROM log;
CREATE FUNCTION odd(a int) RETURNS int NOT DETERMINISTIC NO SQL RETURN NOT a BETWEEN 3 AND 5;
CREATE TRIGGER counted BEFORE INSERT ON log FOR EACH ROW SET NEW.v = NOT NEW.v BETWEEN 3 AND 5;
SET SESSION sql_mode = CONCAT(@@sql_mode, ',NO_BACKSLASH_ESCAPES');
CREATE EVENT commented ON SCHEDULE EVERY 1 DAY STARTS '2037-01-01 00:00:00' COMMENT 'C:\' DO DELETE FROM log WHERE 'D:\' = '\';
CREATE FUNCTION plain(comment int) RETURNS int DETERMINISTIC NO SQL COMMENT 'C:\new, ''in'' D:\' RETURN LENGTH('\') + comment;
CREATE PROCEDURE bare() SELECT 'C:\' AS comment, '\' AS b;
CREATE DEFINER=`app@shop`@`localhost` EVENT owned ON SCHEDULE EVERY 1 DAY STARTS '2037-01-01 00:00:00' DO DELETE FROM log;
CREATE TABLE due (id int PRIMARY KEY, a datetime(3), b timestamp NULL, isset int AS (a IS TRUE) VIRTUAL, never int AS (NOT b) STORED, note varchar(60) DEFAULT '(''0000-00-00 00:00:00'' <> `a`)', KEY (isset));
INSERT INTO due (id, a, b) VALUES (1, '2026-01-01', NULL), (2, NULL, '2026-01-01'), (3, NULL, NULL);
-- [the same in both]
SELECT * FROM due ORDER BY id;
SELECT plain(1);
SELECT routine_name, routine_comment FROM information_schema.routines WHERE routine_schema = DATABASE() ORDER BY 1;
SELECT event_name, event_comment FROM information_schema.events WHERE event_schema = DATABASE() ORDER BY 1;
SELECT odd(0), odd(4);
