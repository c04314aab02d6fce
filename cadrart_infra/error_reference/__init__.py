"""docs/errors.md, made from the code: every error that is meant for a user, what it says, and what to do."""
