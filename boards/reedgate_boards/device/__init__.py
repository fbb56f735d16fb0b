"""A board that is plugged in: found, flashed, provisioned, watched."""
