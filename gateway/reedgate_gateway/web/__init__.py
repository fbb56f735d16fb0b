"""The gateway's pages: rendered on the server, read-only, live by server-sent events."""
