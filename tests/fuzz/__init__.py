"""Coverage-guided fuzzing of every parser that reads what others wrote: scripts/fuzz runs it."""
