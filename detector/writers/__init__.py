"""Who writes a raced mask: hardware watchpoints, and probes on writes from outside."""
