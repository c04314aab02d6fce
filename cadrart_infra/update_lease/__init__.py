"""The Lease that an update, or a destroy of the stack, holds while it changes the shop."""
