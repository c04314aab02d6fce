"""The infrastructure of Atelier Cad'rart: a shop in two colours, and a staging database copied from production's."""

import gc

gc.set_threshold(100_000, 50, 1000)
"""Loading the program makes some hundred thousand objects that stay; to look through them again and again took a fifth
of the time in which an update begins."""
