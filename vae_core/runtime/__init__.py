"""Devices, random numbers, memory and folders of the process."""
