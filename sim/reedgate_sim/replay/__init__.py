"""A recorded series through the real firmware, row by row in virtual time, and how well it did."""
