"""The way out: every HTTP request that Perennial sends to somebody else.

Requests to the platforms and to the issuer go through the session in `http_session`, so that one rule holds for their
proxies, certificates and time-outs. The package may use `core` and `settings`. Begin reading with `HttpSession`.
"""
