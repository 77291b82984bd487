"""The parts that servers and workers need, opened in one place and closed in the reverse order.

Others use `Process`, which holds the open parts, `open_process` and `open_database`, which open them, and `assemble`,
which connects parts over what is open already. `commands` is the door of every command, `listening` binds sockets and
configures uvicorn, `connections` bounds what a client may take, `garbage_collection` configures Python's collector for
a service, and `memory` gives back what large answers took. The package may use those before it in the list.
Begin reading with `_opening.py`.
"""

from perennial.process._opening import Process, assemble, open_database, open_process

__all__ = ["Process", "assemble", "open_database", "open_process"]
