"""The board's hardware and network behind small interfaces. No rule lives here."""
