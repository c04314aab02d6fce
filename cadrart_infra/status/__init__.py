"""What the cluster says of the shop at any time, without Pulumi and without its state."""
