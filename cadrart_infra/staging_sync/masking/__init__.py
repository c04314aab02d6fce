"""Personal data replaced inside the server, on the way from production to the copy."""
