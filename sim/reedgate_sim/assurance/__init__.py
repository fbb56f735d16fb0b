"""docs/assurance.md: what was proved and hunted, for which files, and what it is not."""
