"""Tests that need no booted kernel; the folders mirror detector/."""
