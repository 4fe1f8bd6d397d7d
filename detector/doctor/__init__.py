"""Preflight: everything this host can and cannot show, each problem with its remedy."""
