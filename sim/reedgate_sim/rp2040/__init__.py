"""The emulated RP2040: the production image, bit for bit, on a chip whose time is counted."""
