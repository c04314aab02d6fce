"""Production watched after its traffic was switched, and rolled back if it fails."""
