"""How a MySQL or MariaDB server is asked and written to; knows no shop, no cluster and no Pulumi."""
