"""Organs, body regions and the vertebral level L3."""
