-- The same, in a procedure only: no server checks its body when it is created.
CREATE TABLE `atelier-cadrart` (id int PRIMARY KEY, v int);
INSERT INTO `atelier-cadrart` VALUES (1,10),(2,20);
DELIMITER ;;
CREATE PROCEDURE total() BEGIN SELECT SUM(`atelier-cadrart`.v) FROM `atelier-cadrart`; END;;
-- [the same in both]
CALL total();
