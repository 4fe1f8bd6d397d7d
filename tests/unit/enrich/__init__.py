"""Tests of naming processes, on files in folders and, where it lets us, on this very host."""
