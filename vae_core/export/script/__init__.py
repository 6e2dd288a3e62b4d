"""A run as a PyTorch script that needs nothing of this package."""
