"""The proxies for requests that leave Perennial, as HTTPS_PROXY, HTTP_PROXY and NO_PROXY have them.

`variables` reads and checks the three, and `choosing` says which proxy a request takes.
"""
