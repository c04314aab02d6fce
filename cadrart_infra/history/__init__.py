"""What was done to the shop, by whom and how it ended: kept in the cluster, beside the shop and not part of it."""
