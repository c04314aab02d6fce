"""The infrastructure of Atelier Cad'rart: a shop in two colours, and a staging database copied from production's."""

import atexit
import gc

# Loading the program makes some hundred thousand objects that stay. To look through them again and again took a fifth
# of the time in which an update begins; to do so once more when the process ends, 0.4 s.
gc.set_threshold(100_000, 50, 1000)
atexit.register(gc.freeze)
