"""Folding: a flood of findings becomes alerts that count them."""
