"""Reading and checking CT."""
