"""How fast Perennial is: each figure a ratio to a limit that is measured in the same run. `make bench` runs it all."""
