-- Release 2.0.0 reminds clients of a framed picture that waits; earlier releases do not see the column.
ALTER TABLE job ADD COLUMN reminderSent tinyint(1) NOT NULL DEFAULT '0';
