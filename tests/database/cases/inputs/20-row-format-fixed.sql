-- An old table that asked for ROW_FORMAT=FIXED, once MyISAM, turned into InnoDB while innodb_strict_mode was off.
SET SESSION innodb_strict_mode = OFF;
CREATE TABLE t (id int PRIMARY KEY, v char(20)) ENGINE=InnoDB ROW_FORMAT=FIXED;
INSERT INTO t VALUES (1,'x');
