"""Rules: which judged calls are findings, how severe and in which words."""
