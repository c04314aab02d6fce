"""Access to a MySQL or MariaDB server; knows no shop, no cluster and no Pulumi."""
