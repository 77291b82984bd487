"""Pure: what a row of the ledger says to a person. Begin reading with `explanation`."""
