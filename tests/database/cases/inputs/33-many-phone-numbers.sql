-- So many phone numbers that some have the same mask.
CREATE TABLE c (id int PRIMARY KEY, phone varchar(30), UNIQUE KEY (phone));
INSERT INTO c (id, phone) WITH RECURSIVE s AS (SELECT 1 n UNION ALL SELECT n+1 FROM s WHERE n < 1000)
  SELECT a.n * 100 + b.n, CONCAT('+32470', LPAD(a.n * 100 + b.n, 6, '0')) FROM s a, (SELECT n FROM s WHERE n <= 100) b;
