"""A run as a PyTorch script that trains it again."""
