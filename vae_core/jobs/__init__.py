"""Training jobs of the server: the queue, its worker processes and their messages."""
