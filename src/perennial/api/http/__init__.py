"""GraphQL over HTTP, WebSocket and server-sent events: reads requests and writes responses."""
