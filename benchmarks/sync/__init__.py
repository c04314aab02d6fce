"""The staging sync beside other ways to copy a database, and at the limits of the live cluster."""
