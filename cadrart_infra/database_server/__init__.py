"""The running database server: restarts and their rollback, settings, limits while a job runs.

One server on one volume: while it restarts, production is down. Its Deployment is kept paused, so that a changed pod
template waits (docs/adr/0009-the-server-restarts-only-when-it-is-asked-to.md).
"""
