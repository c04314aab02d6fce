-- Events that have had their time and are still there, for they are disabled, or the scheduler was off: a server throws away such a one when it is made.
CREATE TABLE t (id int PRIMARY KEY);
SET SESSION timestamp = 1000000000;
CREATE EVENT past ON SCHEDULE AT '2020-01-01 00:00:00' DISABLE DO DELETE FROM t;
CREATE EVENT past_and_kept ON SCHEDULE AT '2020-01-01 00:00:00' ON COMPLETION PRESERVE DISABLE DO DELETE FROM t;
CREATE EVENT ended ON SCHEDULE EVERY 1 DAY STARTS '2019-01-01 00:00:00' ENDS '2020-01-01 00:00:00' DISABLE DO DELETE FROM t;
-- [later in production]
DROP EVENT past_and_kept;
