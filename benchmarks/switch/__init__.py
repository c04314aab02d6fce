"""A switch by this program, by the seed's procedure and by Argo Rollouts, under the same traffic on one cluster."""
