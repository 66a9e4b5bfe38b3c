"""Comparison and planning: pure functions from two configurations to operations, without server, files and clock."""
