"""`python server.py`: the API; with nothing configured, everything in one process."""

from perennial.serving import run_server

if __name__ == "__main__":
    run_server()
