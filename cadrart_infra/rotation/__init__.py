"""Values of Secrets on their way to the pods and to the database server: snapshots, and a change of one of them."""
