"""Findings that are known and accepted, by fingerprint. Pure."""
