"""What the sandbox's page asks of Perennial: whose posts these are, what comes, and a year of each queue."""
