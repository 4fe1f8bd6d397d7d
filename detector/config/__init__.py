"""The configuration file: TOML, checked whole, every problem with its place."""
