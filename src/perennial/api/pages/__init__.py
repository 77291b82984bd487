"""The start pages of a server and of a worker, and the 404 page."""
