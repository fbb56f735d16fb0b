"""Every decision, pure: time and inputs are arguments. No pin, socket, file, clock or float."""
