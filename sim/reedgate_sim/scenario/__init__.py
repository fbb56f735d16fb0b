"""Running scenarios, judging them, telling what came of it. How one is written: docs/scenarios.md."""
