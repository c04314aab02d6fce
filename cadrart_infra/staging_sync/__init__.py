"""A verified copy of one schema beside itself on the same server, swapped in as a whole.

Start reading in `engine.py`; `plan.py` holds what goes in and what comes out. Nothing here imports pulumi.
"""
