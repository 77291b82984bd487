"""For operators: /healthz, /readyz and /metrics, of a server or of a worker."""
