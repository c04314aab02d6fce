"""The shop's status, read from the cluster alone: no Pulumi and no state."""
