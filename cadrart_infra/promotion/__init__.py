"""What happens between a colour that is ready and production that is served by it."""
