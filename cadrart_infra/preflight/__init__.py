"""What an update is looked at for before anything is declared: what there has to be, and what it may do."""
