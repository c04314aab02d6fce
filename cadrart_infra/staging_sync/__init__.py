"""The staging sync: a verified copy of a schema on the same server, put in place by a cut-over.

Start reading in `sync.py`; `request.py` holds what goes in and what comes out. Only `resource.py` imports pulumi.
"""
