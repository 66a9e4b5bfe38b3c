"""Plans and reports as text for people, as Markdown and as JSON. Pure functions. Only this package uses rich.

Rule 1: text from outside (names, values, lines, messages of a server) passes `safe` before it is shown.
Rule 2: the package imports none of its modules, so that `hsync show` starts fast: callers import what they use.
"""
