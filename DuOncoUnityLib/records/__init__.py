"""The domain model and how it is kept on disk."""
