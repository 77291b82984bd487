"""What the model test of the dispatcher stands on: a loop whose time is its own, and a world that keeps the books."""
