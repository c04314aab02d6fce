"""Production watched after it turned, and turned back if it fails."""
