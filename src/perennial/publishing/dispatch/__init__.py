"""One call of publish_due: it claims what is due, lets it leave, sends it, and records what comes back."""
