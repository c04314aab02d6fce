"""The throw-away cluster: its daemons, its network, and how it comes up and goes."""
