"""Running scenarios, judging them, telling what came of it; docs/scenarios.md explains them."""
