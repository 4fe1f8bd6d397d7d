"""Renderers: one pure function for each format; the output depends on the arguments alone."""
