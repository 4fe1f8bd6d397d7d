"""Where results go: whole lines or nothing."""
