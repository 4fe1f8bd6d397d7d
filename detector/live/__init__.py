"""Watching as it happens: the session, the held command, signals, and what a run leaves behind."""
