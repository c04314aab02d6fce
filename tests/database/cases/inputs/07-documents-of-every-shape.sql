-- Documents of every shape: lists in lists, single values, keys that need quotes, escapes; JSON in columns of text.
-- [production]
CREATE TABLE c (id int PRIMARY KEY, doc json, old text CHARACTER SET latin1);
INSERT INTO c (id, doc) VALUES (1, '{"people": [{"mail": "Anna@X.example", "age": 30, "tags": [["Secretperson"], "b", 1.50, null, true]}, {"mail": null}, "Secretperson"]}'), (2, '["Secretperson", {"people": []}, [1]]'), (3, '"Secretperson"'), (4, '12'), (5, 'null'), (6, NULL), (7, '{}'), (8, '[]'), (9, '{"o\\"d.d ké/y": {"deep": {"er": "Secretperson", "mail": ["Secretperson"]}}, "goods": {"a": [1, {"b": "c"}]}}'), (10, '{"born": "1980-05-06", "number": 12345678901234567890.5, "gone": {"x": "Secretperson"}, "kept": 1.10}');
UPDATE c SET old = doc;
