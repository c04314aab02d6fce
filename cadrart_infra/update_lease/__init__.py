"""The Lease that a destroy of the stack holds while it removes the shop."""
