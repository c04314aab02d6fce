"""The database server as it runs: when it restarts, how a restart is taken back, what it is changed to meanwhile.

One server on one volume: while it restarts, production is down. Its Deployment is kept paused, so that a changed pod
template waits (docs/adr/0009-the-server-restarts-only-when-it-is-asked-to.md).
"""
