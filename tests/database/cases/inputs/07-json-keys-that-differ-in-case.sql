-- Keys of JSON documents that a collation takes for one: in case, in an accent, in a trailing space, in how it is written.
-- [production]
CREATE TABLE c (id int PRIMARY KEY, doc json);
INSERT INTO c VALUES (1,'{"mail":"a@x.example"}'),(2,'{"Mail":"secret.person@x.example"}'),(3,'{"MAIL":"other.person@x.example"}');
INSERT INTO c VALUES (4,'{"prenom":"Anna"}'),(5,'{"prénom":"Secretperson"}'),(6,'{"mail ":"secret.person@x.example"}'),(7,'{"ﬁn":"Secretperson"}');
