-- Columns whose names tell what they hold, of types that are no text.
-- [production]
CREATE TABLE c (id int PRIMARY KEY, phone bigint, birth_date datetime, birthday timestamp NULL, mail varbinary(100), name blob, gender enum('f','m'), national_number decimal(13,0), zip_code int, birth_year year);
INSERT INTO c VALUES (1, 32470000000, '1980-05-06', '1981-02-03', 'someone@x.example', 'Some One', 'f', 80050600000, 1060, 1980);
