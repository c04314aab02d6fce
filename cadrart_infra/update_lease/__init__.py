"""The Lease of whoever changes the shop, as an update and a destroy of the stack hold it."""
