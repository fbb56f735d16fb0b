"""The desk: the physical world in software, and the rigs that run the real firmware in it."""
