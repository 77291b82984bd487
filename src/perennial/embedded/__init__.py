"""The embedded mode: API, worker and sandbox in one process on loopback, for a first evening and for tests.

`parts` locks the folder and starts what the mode needs (Redis as a child process, keys, an issuer of its own), `app`
adds the sandbox and its tokens to the API, `timeline` is what the sandbox's page asks of Perennial, `demonstration`
creates a queue for a new user, and `banner` prints where everything is. It may use every package before it in the list,
and `sandbox`. Begin reading with `parts`.
"""
