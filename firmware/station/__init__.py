"""What runs on a board."""
