"""Hunts through small fleets, by both engines."""
