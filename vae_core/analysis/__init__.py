"""What a map of codes needs."""
