"""Where images come from: archives that are fetched, generators, and what visitors bring."""
