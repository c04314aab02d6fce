-- A view gives a table an alias that is the schema's own name.
CREATE TABLE client (id int PRIMARY KEY, v int);
INSERT INTO client VALUES (1,10),(2,20);
CREATE VIEW plain AS SELECT `atelier-cadrart`.id FROM client AS `atelier-cadrart`;
-- [the same in both]
SELECT * FROM plain;
