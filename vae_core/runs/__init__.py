"""Trained models as runs: checkpoints, the store on disk, recipes and links."""
