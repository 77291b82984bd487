"""What the tests lean on: real servers, a cast of users, and a clock that can be moved."""
