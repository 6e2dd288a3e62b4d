"""The images that ship with the project, each with its source and licence beside it."""
