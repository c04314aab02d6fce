"""Programs and images from packages only: what is built or installed, once, into the cache."""
