"""Models that are more than another loss, one a file."""
