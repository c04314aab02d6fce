-- Two addresses that differ in case only have one mask: it cannot be in a unique column twice.
CREATE TABLE c (id int PRIMARY KEY, mail varchar(100) COLLATE utf8mb4_bin, UNIQUE KEY (mail));
INSERT INTO c VALUES (1,'Anna@x.example'),(2,'anna@x.example');
