-- KEY_BLOCK_SIZE beside a ROW_FORMAT that does not take it, made while innodb_strict_mode was off.
SET SESSION innodb_strict_mode = OFF;
CREATE TABLE t (id int PRIMARY KEY, v char(20)) ENGINE=InnoDB ROW_FORMAT=DYNAMIC KEY_BLOCK_SIZE=4;
INSERT INTO t VALUES (1,'x');
