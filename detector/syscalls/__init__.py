"""The system calls that toctrace watches: one table entry each."""
