"""Backups of production's database: one before each switch, and the way back."""
