"""Addresses of a user process to symbols, files and lines.

ELF and DWARF are read by small readers of our own: an executable of the watched system is hostile
input to a tool that runs as root, so every size is bounded, every failure is a SymbolError, and
nothing is mapped (a file that is cut short meanwhile would be a SIGBUS).
"""
