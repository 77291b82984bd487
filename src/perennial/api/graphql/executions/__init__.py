"""The entries of the queues' ledgers."""
