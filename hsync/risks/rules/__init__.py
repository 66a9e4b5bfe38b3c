"""The rules, by theme: each file has a table `RULES`."""
