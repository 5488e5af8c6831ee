"""How a process waits: for longer after each failure, and until it is asked to stop."""
