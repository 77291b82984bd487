"""The start pages of a server and of a worker, the 404 page, and the way from an address that is almost one."""
