-- Names with dots, quotes, percent signs, line breaks, of 64 characters, and of words and numbers that mean something else.
CREATE TABLE `a.b` (`c.d` int PRIMARY KEY, `e``f` int, `g'h` int, `i"j` int, `k\\l` int, `%s%%` int, `{x}` int);
INSERT INTO `a.b` VALUES (1, 2, 3, 4, 5, 6, 7);
CREATE TABLE `nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn` (`cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc` int PRIMARY KEY, CONSTRAINT `kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk` CHECK (`cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc` > 0));
CREATE TABLE child (id int PRIMARY KEY, p int, CONSTRAINT `ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff` FOREIGN KEY (p) REFERENCES `nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn` (`cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc`));
CREATE TABLE `select` (`from` int PRIMARY KEY, `where` int, `order` text, KEY `group` (`where`));
INSERT INTO `select` VALUES (1, 2, '4');
CREATE TABLE `1e5` (`1e5` int PRIMARY KEY);
CREATE TABLE `..` (id int PRIMARY KEY);
CREATE TABLE `a/b` (id int PRIMARY KEY);
CREATE TABLE `line
break` (`col
umn` int PRIMARY KEY, `tab	cell` int);
INSERT INTO `line
break` VALUES (1, 2);
CREATE TABLE `AUTO_INCREMENT=5` (id int AUTO_INCREMENT PRIMARY KEY) COMMENT ') AUTO_INCREMENT=9
) ENGINE=InnoDB AUTO_INCREMENT=7';
CREATE VIEW `view` AS SELECT `from`, `where` FROM `select`;
CREATE VIEW `x.y` AS SELECT `a.b`.`c.d`, `1e5`.`1e5` FROM `atelier-cadrart`.`a.b` LEFT JOIN `1e5` ON `1e5`.`1e5` = `a.b`.`c.d`;
CREATE TRIGGER `t.r` BEFORE INSERT ON `a.b` FOR EACH ROW SET NEW.`e``f` = 1;
CREATE FUNCTION `f``g` () RETURNS int READS SQL DATA RETURN (SELECT COUNT(*) FROM `atelier-cadrart`.`select`);
CREATE EVENT `e.v` ON SCHEDULE EVERY 1 DAY STARTS '2037-01-01 00:00:00' DO DELETE FROM `a.b`;
-- [later in production]
INSERT INTO `select` VALUES (5, 6, '8');
UPDATE `a.b` SET `k\\l` = 55;
UPDATE `line
break` SET `tab	cell` = 9;
-- [the same in both]
SELECT `f``g`();
