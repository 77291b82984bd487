"""Pages of the documents, read by tests."""
