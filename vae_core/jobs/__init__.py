"""Trainings that belong to the server: the queue, the processes, and what these say to each other."""
