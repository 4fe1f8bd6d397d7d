"""The scenarios, one module for each family."""
