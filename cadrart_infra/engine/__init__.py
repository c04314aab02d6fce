"""The run of Pulumi that this process belongs to: its process, its stack, its targets and its state."""
