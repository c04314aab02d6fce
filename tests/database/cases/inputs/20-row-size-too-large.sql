-- A table whose rows could be longer than a page allows, made while innodb_strict_mode was off.
SET SESSION innodb_strict_mode = OFF, group_concat_max_len = 100000;
DELIMITER ;;
SET @c = (SELECT GROUP_CONCAT(CONCAT('c', n, ' char(100) CHARACTER SET latin1') SEPARATOR ', ') FROM (WITH RECURSIVE s AS (SELECT 1 n UNION ALL SELECT n+1 FROM s WHERE n < 150) SELECT n FROM s) x);;
SET @c = CONCAT('CREATE TABLE t (id int PRIMARY KEY, ', @c, ') ENGINE=InnoDB ROW_FORMAT=DYNAMIC');;
PREPARE s FROM @c;;
EXECUTE s;;
INSERT INTO t (id, c1) VALUES (1, 'x');;
