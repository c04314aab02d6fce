"""How the Kubernetes cluster is asked and written to."""
