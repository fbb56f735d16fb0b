"""The only reader of site files: schema, checks, budgets and the compiler for a station."""
