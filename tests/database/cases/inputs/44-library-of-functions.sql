-- A library of functions in JavaScript, which MySQL knows since 9.2.
-- [production, mysql]
CREATE TABLE client (id int PRIMARY KEY);
CREATE LIBRARY helpers LANGUAGE JAVASCRIPT AS 'export function f(n) { return n; }';
