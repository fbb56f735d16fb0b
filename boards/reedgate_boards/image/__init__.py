"""Images for boards: built from source, or put together from the official ones."""
