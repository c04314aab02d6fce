-- A stored generated column casts free text to a number; rows were written by a shop that sets sql_mode=''.
SET SESSION sql_mode = '';
CREATE TABLE meta (id int PRIMARY KEY, v varchar(20), n int GENERATED ALWAYS AS (CAST(v AS signed)) STORED, d decimal(8,2) GENERATED ALWAYS AS (v) STORED, KEY (n));
INSERT INTO meta (id, v) VALUES (1, '12'), (2, '12abc'), (3, ''), (4, NULL);
-- [later in production]
SET SESSION sql_mode = '';
INSERT INTO meta (id, v) VALUES (5, 'x9');
