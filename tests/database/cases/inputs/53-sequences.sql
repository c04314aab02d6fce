-- Sequences of MariaDB: in their second round, used up, downwards, with numbers that the server holds ready, with odd names.
-- [production, mariadb]
CREATE SEQUENCE numbers START WITH 1 MAXVALUE 3 NOCACHE CYCLE;
DO NEXTVAL(numbers), NEXTVAL(numbers), NEXTVAL(numbers), NEXTVAL(numbers);
CREATE SEQUENCE used_up START WITH 1 MAXVALUE 2 NOCACHE;
DO NEXTVAL(used_up), NEXTVAL(used_up);
CREATE SEQUENCE `odd ``name` START WITH -5 INCREMENT BY -1 MINVALUE -100 MAXVALUE -1 NOCACHE;
CREATE SEQUENCE ready START WITH 100 INCREMENT BY 10 CACHE 20;
DO NEXTVAL(ready);
CREATE TABLE client (id int PRIMARY KEY);
CREATE FUNCTION next_one() RETURNS bigint RETURN NEXTVAL(numbers);
CREATE TRIGGER numbered BEFORE INSERT ON client FOR EACH ROW SET NEW.id = NEXTVAL(numbers);
-- [later in production]
DO NEXTVAL(`odd ``name`);
DROP SEQUENCE used_up;
INSERT INTO client VALUES (0);
-- [the same in both]
SELECT next_not_cached_value, minimum_value, maximum_value, increment, cycle_option, cycle_count FROM numbers;
SELECT next_not_cached_value, increment, cache_size FROM ready;
SELECT NEXTVAL(`odd ``name`), next_one();
INSERT INTO client VALUES (0);
SELECT id FROM client ORDER BY id;
