"""Work that nobody waits for: done by a worker, beside a server or on its own."""
