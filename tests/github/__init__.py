"""A server that answers as GitHub's API does, held to GitHub's own description of it."""
