"""Rotation of Secrets: brings changed values to the pods, by snapshots, and to the database server."""
