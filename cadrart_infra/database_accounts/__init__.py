"""Only what live stacks still name: their state holds `provider.DatabaseAccountsProvider` by this path (ADR 8)."""
