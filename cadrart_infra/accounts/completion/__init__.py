"""The end of a rotation of Secrets: discards former passwords and records the values in use."""
