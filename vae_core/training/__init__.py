"""The training loop, its phases, schedules and optimizer."""
