-- Texts in a view and a procedure that hold the shop's mail address and site, whose name is the database's.
CREATE TABLE client (id int PRIMARY KEY, v varchar(20));
INSERT INTO client VALUES (1,'x');
CREATE VIEW links AS SELECT id, CONCAT('https://atelier-cadrart.be/client/', id) AS url FROM client;
-- [the same in both]
SELECT * FROM links;
