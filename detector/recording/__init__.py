"""Recordings: what one run on one host saw, kept so that it can be judged again and checked.

`docs/recording.md` gives the format to the byte.
"""
