"""GitHub, as a job of a workflow needs it: comments, issues, runs. It knows no shop, no cluster and no engine.

It needs nothing but Python, so that a workflow of another repository can use it as it is.
"""
