"""What either process needs, server or worker."""

from perennial.process._process import Process, assemble, open_process

__all__ = ["Process", "assemble", "open_process"]
