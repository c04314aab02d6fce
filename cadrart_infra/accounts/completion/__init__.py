"""The end of a change of Secrets: former passwords go, and what is in use is noted."""
