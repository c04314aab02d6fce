-- MariaDB's table options: page compression, a comment on the database, a default sequence of options, unknown options of an old engine.
-- [production, mariadb]
ALTER DATABASE `atelier-cadrart` COMMENT 'the live shop';
CREATE TABLE c (id int PRIMARY KEY, v varchar(10)) PAGE_COMPRESSED=1 PAGE_COMPRESSION_LEVEL=5 STATS_PERSISTENT=0 MAX_ROWS=1000 CHECKSUM=1 PACK_KEYS=1 COMMENT='l''atelier\nsecond line; -- x';
SET SESSION sql_mode = 'IGNORE_BAD_TABLE_OPTIONS';
CREATE TABLE o (id int AUTO_INCREMENT PRIMARY KEY, v varchar(10)) `strange`='yes' AUTO_INCREMENT=70;
INSERT INTO c VALUES (1,'x');
INSERT INTO o VALUES (1,'x');
-- [later in production]
UPDATE o SET v='y';
