"""What either process needs, server or worker: opened in one place, and closed in the reverse order.

Others use `Process`, which holds the open parts, and `open_process`, which opens them. `listening` binds sockets and
configures uvicorn, and `garbage_collection` sets up Python's collector for a service. It may use the packages before
it in the list, and nothing after it opens anything. Begin reading with `_process.py`.
"""

from perennial.process._process import Process, assemble, open_process

__all__ = ["Process", "assemble", "open_process"]
