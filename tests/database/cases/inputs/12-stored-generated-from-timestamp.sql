-- A stored generated column holds the local day of a TIMESTAMP, as production's sessions in Brussels computed it.
SET SESSION time_zone = '+02:00';
CREATE TABLE orders (id int PRIMARY KEY, at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP, day date GENERATED ALWAYS AS (CAST(at AS date)) STORED, KEY (day));
INSERT INTO orders (id, at) VALUES (1, '2026-07-01 00:30:00'), (2, '2026-07-01 12:00:00');
-- [later in production]
SET SESSION time_zone = '+02:00';
INSERT INTO orders (id, at) VALUES (3, '2026-08-01 01:00:00');
