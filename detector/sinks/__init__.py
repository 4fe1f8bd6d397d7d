"""Where messages go: parsing of `--sink URL`, bounded queues, spools on disk, and transports."""
