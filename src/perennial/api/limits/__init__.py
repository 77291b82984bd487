"""Measures what a request and an owner take: `measures` of a document, `cost` of what an operation can answer with,
`request_cost` of what it takes to check a request, `points` that an owner has for both in a minute, `work` of
operations at once, and `sockets` of the WebSockets and event streams that stay open.
"""
