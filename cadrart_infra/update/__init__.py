"""What an update reads, checks and holds before anything is declared, and what it records at its end."""
