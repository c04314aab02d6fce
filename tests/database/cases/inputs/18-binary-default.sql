-- Defaults of binary columns that are no text.
CREATE TABLE t (id int PRIMARY KEY, b binary(4) DEFAULT x'FF00FE01', v varbinary(8) DEFAULT x'C328', z binary(2) NOT NULL DEFAULT x'0000', q varbinary(6) DEFAULT x'27225C', bits bit(5) DEFAULT b'10101');
INSERT INTO t (id) VALUES (1);
-- [the same in both]
INSERT INTO t (id) VALUES (70);
SELECT HEX(b), HEX(v), HEX(z), HEX(q), bits+0 FROM t WHERE id=70;
DELETE FROM t WHERE id=70;
