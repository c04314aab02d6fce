"""The run of Pulumi that this process works for: which one, on which stack, on how much of it, and from which state."""
