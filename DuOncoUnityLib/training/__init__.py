"""Synthetic patients and training."""
