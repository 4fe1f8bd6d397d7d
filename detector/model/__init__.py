"""The words of the project as types: pure data, imported by every other room."""
