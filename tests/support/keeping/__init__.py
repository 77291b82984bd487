"""What the tests of keeping begin with."""
