"""Preflight: checks of the cluster, the checkout and the update's purpose before anything is declared."""
