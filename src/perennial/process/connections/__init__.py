"""The bounds on what a client may take: connections, time, and memory for what it does not read.

A client that misbehaves costs itself alone. `bounds` has the numbers, and `register` knows who is connected; the
listening socket (`listener`) and uvicorn's protocols as we run them (`http`, `websocket`) ask it. Begin reading with
`register`.
"""
