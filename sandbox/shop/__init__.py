"""The shop on a throw-away cluster: stand-in images, what it needs before an update, traffic and answers."""
