"""Who calls: bearer tokens are checked for every request anew, against the keys of one issuer."""
