"""Muscle and fat."""
