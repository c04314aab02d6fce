"""A throw-away real Kubernetes cluster on one machine, and the tools that run on it, from packages only.

Standard library only: it has to run with the system's Python before any virtual environment exists.
`python3 -m sandbox --help` shows the commands; `sandbox.cluster.Cluster` is the same for Python callers.
"""
