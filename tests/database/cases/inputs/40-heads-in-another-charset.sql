-- Made by a program that connects with latin1 (or a Japanese or Russian set): servers show names, comments and types in UTF-8 above such a text.
-- [production, latin1]
CREATE TABLE `café` (`clé` int PRIMARY KEY, v varchar(20) CHARACTER SET utf8mb4 DEFAULT 'é', CONSTRAINT `très` CHECK (v <> 'ü'));
INSERT INTO `café` VALUES (1, 'é');
CREATE PROCEDURE `prix_é`(`pâ` varchar(10)) COMMENT 'coûte
l''été "\\"' SELECT 'é', `pâ`, `clé` FROM `café`;
CREATE FUNCTION `fonction_é`(`pâ` enum('é')) RETURNS enum('é','b') CHARACTER SET utf8mb4 DETERMINISTIC COMMENT 'à' RETURN 'é';
CREATE VIEW `vue_é` AS SELECT `clé` AS `clé2`, 'é' AS lit FROM `café` WHERE v <> 'ö';
CREATE TRIGGER `déclic` BEFORE INSERT ON `café` FOR EACH ROW SET NEW.v = CONCAT(NEW.v, 'ü');
CREATE EVENT `à_minuit` ON SCHEDULE EVERY 1 DAY STARTS '2037-01-01 00:00:00' COMMENT 'é' DO UPDATE `café` SET v = 'ñ';
SET SESSION sql_mode = 'ANSI_QUOTES';
CREATE PROCEDURE "à ""guillemets""" () COMMENT 'é' SELECT "clé" FROM "café";
-- [production, cp932]
CREATE PROCEDURE `ソ表` () COMMENT 'ソ' SELECT 'ソ表''ソ';
CREATE EVENT `表` ON SCHEDULE EVERY 1 DAY STARTS '2037-01-01 00:00:00' COMMENT '表' DO SELECT '表';
-- [production, ujis]
CREATE PROCEDURE `表` () COMMENT '表' SELECT 'ソ表';
-- [production, koi8r]
CREATE FUNCTION `цена` () RETURNS varchar(20) CHARACTER SET utf8mb4 DETERMINISTIC COMMENT 'цена' RETURN 'Привет';
-- [later in production]
INSERT INTO `café` (`clé`) VALUES (2);
-- [the same in both]
SELECT `fonction_é`('é'), HEX(`цена`());
SELECT * FROM `vue_é`;
CALL `ソ表`();
