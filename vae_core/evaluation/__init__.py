"""Figures of a trained model."""
