"""An upgrade of the database server, rehearsed on a copy of production before the server is touched.

A Job makes data files with the image that runs, loads the backup that was just made into them, and lets the new image
take them up (docs/adr/0021-an-upgrade-is-rehearsed-on-a-copy.md).
"""
