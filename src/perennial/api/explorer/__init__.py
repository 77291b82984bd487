"""The explorer: the page at /graphql, in `page`. `make explorer` builds it into the folder `built`."""
