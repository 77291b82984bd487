"""GraphQL over HTTP, WebSocket and server-sent events: what is asked, and the form of the answer."""
