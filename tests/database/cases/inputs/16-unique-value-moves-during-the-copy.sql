-- A unique value goes from one row to another while the table is copied: an everyday write.
CREATE TABLE member (id int PRIMARY KEY AUTO_INCREMENT, mail varchar(100) NOT NULL, UNIQUE KEY (mail));
INSERT INTO member (mail) WITH RECURSIVE s AS (SELECT 1 n UNION ALL SELECT n+1 FROM s WHERE n < 1000)
  SELECT CONCAT('m', a.n, '.', b.n, '@x.example') FROM s a, (SELECT n FROM s WHERE n <= 4) b;
