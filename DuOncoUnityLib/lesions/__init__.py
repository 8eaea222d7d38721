"""Lesion instances and their measurements."""
