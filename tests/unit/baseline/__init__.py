"""Tests of detector/baseline."""
