"""What the process runs on: devices, random numbers, memory."""
