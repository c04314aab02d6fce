-- Tables whose rows are those of other tables, perhaps production's own: a copy would read and write them.
CREATE TABLE part (id int PRIMARY KEY) ENGINE=MyISAM;
CREATE TABLE merged (id int PRIMARY KEY) ENGINE=MERGE UNION=(part) INSERT_METHOD=LAST;
