-- Production's schema and one of its tables have the same name; a view, a procedure and a trigger use that table's name before a column.
CREATE TABLE `atelier-cadrart` (id int PRIMARY KEY, v int);
CREATE TABLE log (n int);
INSERT INTO `atelier-cadrart` VALUES (1,10),(2,20);
CREATE VIEW plain AS SELECT `atelier-cadrart`.id, `atelier-cadrart`.v FROM `atelier-cadrart`;
-- [the same in both]
SELECT * FROM plain;
