"""A switch by this program, by the former script and by Argo Rollouts, under the same traffic on one cluster."""
