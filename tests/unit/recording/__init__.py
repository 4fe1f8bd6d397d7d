"""Recordings, written and read without a kernel."""
