"""The one place where the two Pythons differ: `const` is a compiler word on a board."""

try:
    from micropython import const
except ImportError:

    def const(value):
        return value
