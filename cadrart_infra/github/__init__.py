"""GitHub, as a job of a workflow needs it: comments, issues, runs, and what is signed for the job.

It knows no shop, no cluster and no engine, and needs nothing but Python, so that a workflow of another repository can
use it as it is.
"""
