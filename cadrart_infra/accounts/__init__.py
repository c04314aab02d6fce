"""The databases, the accounts on them, and their grants."""
