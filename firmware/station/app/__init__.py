"""The tasks that carry bytes and decisions between drivers and core. No rule lives here."""
