"""What is done around every operation: known documents, limits, the codes of errors, and what is measured."""
