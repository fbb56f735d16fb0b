"""What people are shown, made from the state and the store: pure, in either language, no HTML."""
