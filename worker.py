"""`python worker.py`: a worker. Any number of them share a PostgreSQL and a Redis."""

from perennial.serving import run_worker

if __name__ == "__main__":
    run_worker()
