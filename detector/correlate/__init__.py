"""The correlator: snapshots in, judged calls out. Pure: no clock, no I/O, no kernel library."""
