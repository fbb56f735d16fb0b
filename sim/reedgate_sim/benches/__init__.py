"""What `reedgate bench` measures, each beside the tool that others use. One module a bench.

A bench gives the JSON of the command line: `name`, `figures`, `against`.
"""
