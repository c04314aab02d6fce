"""The databases, the accounts on them and what each account may do."""
