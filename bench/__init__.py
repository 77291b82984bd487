"""Benchmarks that compare Perennial with a limit measured in the same run. `make bench` runs all of them."""
