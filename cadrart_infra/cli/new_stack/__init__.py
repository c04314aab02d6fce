"""`cadrart new-stack`: the settings file of a further stack: asked for, checked against the cluster, written once."""
