"""Prometheus metrics, where they are asked for."""
