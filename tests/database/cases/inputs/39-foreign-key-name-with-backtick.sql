-- A foreign key whose name, and whose columns' names, hold a backtick.
CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE c (id int PRIMARY KEY, n int, CONSTRAINT `a``b` FOREIGN KEY (n) REFERENCES p (id));
INSERT INTO p VALUES (1);
INSERT INTO c VALUES (1,1);
CREATE TABLE `two``parts` (`i``d` int, `x,``y``` int, PRIMARY KEY (`i``d`, `x,``y```));
CREATE TABLE child (id int PRIMARY KEY, `p``id` int, `q``` int,
    CONSTRAINT named FOREIGN KEY (`p``id`, `q```) REFERENCES `two``parts` (`i``d`, `x,``y```));
INSERT INTO `two``parts` VALUES (1, 2);
INSERT INTO child VALUES (1, 1, 2);
