"""thresholds: from where on numbers of HAProxy are a regression, the table `[watch]` of hsync.toml.

    [watch]
    servers_down = 1       # servers of a backend that are down, and were not before
    errors_percent = 5     # growth of the share of answers 5xx, in percentage points
    refused_percent = 50   # the same for answers 4xx
    queue = 10             # requests that wait in a backend, more than before
    traffic_percent = 20   # what is left of the requests of a frontend
    requests = 10          # fewer requests tell nothing about shares

Rule 1: 0 switches a rule off.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Thresholds"]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The values of `[watch]`."""

    servers_down: int = 1
    errors_percent: int = 5
    refused_percent: int = 50
    queue: int = 10
    traffic_percent: int = 20
    requests: int = 10
