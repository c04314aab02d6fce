"""Drift: what others did to declared objects is found, reported and repaired, or kept if it is theirs to set."""
