"""The main job on a desk: gateway, plant and firmware together, in real time."""
