"""hsync as a process among others: its standard streams, and the signals that end it."""
