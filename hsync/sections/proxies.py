"""Rows that frontend, backend and defaults share. Manual chapter 4.2."""

from hsync.schema import Enum, Row

MODE = (Row("mode", Enum("mode", "http", "tcp", "log", "spop")),)
