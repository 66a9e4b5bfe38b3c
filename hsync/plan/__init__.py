"""Comparing, planning: pure functions from two configurations to what is sent. Knows no server, file or clock."""
