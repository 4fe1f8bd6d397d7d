"""What a live run, a replay and a hunt share: snapshots in, findings and an observation out."""
