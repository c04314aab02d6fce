"""The migrations that a release brings, run as a step of their own."""
