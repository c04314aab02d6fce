-- A column of each type, with a name that says nothing.
-- [production]
CREATE TABLE every (id int PRIMARY KEY, a01 char(9), a02 varchar(60), a03 tinytext, a04 text, a05 mediumtext, a06 longtext, a07 varchar(30) CHARACTER SET latin1, a08 binary(20), a09 varbinary(60), a10 tinyblob, a11 blob, a12 mediumblob, a13 longblob, a14 json, a15 tinyint unsigned, a16 smallint, a17 mediumint, a18 int, a19 bigint, a20 decimal(13,0), a21 decimal(30,10), a22 decimal(4,4), a23 float, a24 double, a25 bit(11), a26 year, a27 date, a28 datetime, a29 datetime(3), a30 timestamp NULL, a31 timestamp(6) NULL, a32 time, a33 time(2), a34 point, a35 geometry, a36 tinyint(1) NOT NULL, a37 date NOT NULL, a38 varchar(3) NOT NULL, a39 char(40) CHARACTER SET utf16);
INSERT INTO every VALUES (1, 'Secretper', 'Secretperson', 'Secretperson', 'Secretperson', 'Secretperson', 'Secretperson', 'Secretpersoné', 'Secretperson', 'Secretperson', 'Secretperson', 'Secretperson', 'Secretperson', 0xff00fe, '"Secretperson"', 200, 30001, 8000001, 2000000001, 9000000000000000001, 8005060000001, 12345678901234567890.0123456789, 0.9999, 1.5, 2.5e300, b'11111111111', 1980, '1980-05-06', '1980-05-06 07:08:09', '1980-05-06 07:08:09.123', '1981-02-03 04:05:06', '1981-02-03 04:05:06.123456', '07:08:09', '838:59:59.00', ST_GeomFromText('POINT(50 4)'), ST_GeomFromText('POINT(50 4)'), 1, '1980-05-06', 'abc', 'Secretperson');
INSERT INTO every (id, a36, a37, a38) VALUES (2, 0, '1980-05-06', '');
ALTER TABLE every ADD a50 float(3,1), ADD a51 double(5,5);
UPDATE every SET a50 = 99.9, a51 = 0.98765 WHERE id = 1;
-- [production, mysql]
ALTER TABLE every ADD m1 vector(3);
UPDATE every SET m1 = STRING_TO_VECTOR('[1,2,3]') WHERE id = 1;
-- [production, mariadb]
ALTER TABLE every ADD m1 uuid, ADD m2 inet4, ADD m3 inet6, ADD m4 uuid NOT NULL DEFAULT '12345678-1234-1234-1234-123456789abc', ADD m5 inet6 NOT NULL DEFAULT 'fe80::1';
UPDATE every SET m1 = '12345678-1234-1234-1234-123456789abc', m2 = '10.1.2.3', m3 = 'fe80::2' WHERE id = 1;
