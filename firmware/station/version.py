"""The version of this firmware, and the hash of its files."""

VERSION = "0.1.0"
SOURCES = 0
