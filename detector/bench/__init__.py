"""What watching costs on this host: measured in turn, as ratios with their spread."""
