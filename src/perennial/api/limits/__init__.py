"""Measures what a request and an owner take: `measures` and `cost` of a document, `rates` of requests in a minute,
`work` of operations at once, and `sockets` of the WebSockets and event streams that stay open.
"""
