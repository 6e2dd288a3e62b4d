"""Published tables, trained again."""
