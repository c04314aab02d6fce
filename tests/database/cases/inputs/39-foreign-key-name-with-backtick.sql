-- A foreign key whose name holds a backtick.
CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE c (id int PRIMARY KEY, n int, CONSTRAINT `a``b` FOREIGN KEY (n) REFERENCES p (id));
INSERT INTO p VALUES (1);
INSERT INTO c VALUES (1,1);
