"""What people and programs read: human text, markdown, JSON. Pure functions of plans and reports. Only home of rich.

Rule 1: text from outside (names, values, lines, a server's words) passes `safe` before anybody sees it.
Rule 2: the modules are imported one by one by those who need them: `hsync show` must start fast.
"""
