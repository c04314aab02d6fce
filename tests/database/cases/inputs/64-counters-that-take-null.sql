-- Columns that count by themselves and take NULL, which MySQL does not show; it makes them NOT NULL of what it shows.
-- [production]
CREATE TABLE orders (number int unsigned AUTO_INCREMENT NULL UNIQUE KEY COMMENT 'x', client int);
INSERT INTO orders VALUES (3, 1), (4, 1);
ALTER TABLE orders ADD note varchar(20) DEFAULT 'AUTO_INCREMENT';
CREATE TABLE visits (at datetime, `n``r` bigint AUTO_INCREMENT NULL, KEY (`n``r`));
INSERT INTO visits VALUES ('2026-01-02', 7);
-- [later in production]
INSERT INTO orders (client) VALUES (8);
