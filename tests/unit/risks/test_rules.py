"""Rules of risk: texts with a risk, and texts that look like one and have none."""

from __future__ import annotations

import pytest

from tests.unit.risks.changes import found

WEB = "frontend web\n  mode http\n  bind 198.51.100.7:8443\n"
POOL = "backend pool\n  mode http\n"

RISKY = [
    # Traffic
    (
        (
            "frontend f\n  bind :1\n  use_backend mail if { path /m }\n  default_backend pool\n"
            "backend mail\n  server m 10.1.0.1:25\nbackend pool\n  server p 10.1.0.2:80\n"
        ),
        "frontend f\n  bind :1\n  default_backend pool\nbackend pool\n  server p 10.1.0.2:80\n",
        "high section-deleted",
    ),
    ("listen db\n  bind :3306\n  server d 10.1.0.3:3306\n", "global\n", "high section-deleted"),
    ("backend spare\n  server s 10.1.0.4:80\n", "global\n", "medium section-deleted"),
    (f"{POOL}  server a 10.1.0.1:80\n  server b 10.1.0.2:80\n", POOL, "high no-server-left"),
    (f"{POOL}  server a 10.1.0.1:80 weight 5\n", f"{POOL}  server a 10.1.0.1:80 weight 0\n", "high no-server-left"),
    (
        f"{POOL}  server a 10.1.0.1:80\n  server b 10.1.0.2:80\n",
        f"{POOL}  default-server disabled\n  server a 10.1.0.1:80\n  server b 10.1.0.2:80\n",
        "high no-server-left",
    ),
    (f"{POOL}  server a 10.1.0.1:80\n", f"{POOL}  server a 10.1.0.1:80\nbackend new\n", "medium no-server-left"),
    (
        f"{POOL}  server a 10.1.0.1:80\n  server b 10.1.0.2:80\n  server c 10.1.0.3:80\n",
        f"{POOL}  server c 10.1.0.3:80\n",
        "medium capacity-halved",
    ),
    (
        f"{POOL}  server a 10.1.0.1:80\n  server b 10.1.0.2:80 backup\n  server c 10.1.0.3:80 backup\n",
        f"{POOL}  server b 10.1.0.2:80 backup\n  server c 10.1.0.3:80 backup\n",
        "medium capacity-halved",
    ),
    (f"defaults d\n{WEB}", f"defaults d\n  disabled\n{WEB}", "high proxy-disabled"),
    (
        f"defaults d\n  mode http\n{POOL.replace('  mode http', '  retries 2')}",
        "defaults d\n  mode tcp\nbackend pool\n  retries 2\n",
        "high mode-changed",
    ),
    ("listen l\n  bind :1\n", "listen l\n  mode http\n  bind :1\n", "medium mode-changed"),
    # Routes
    (
        f"{WEB}  default_backend pool\n{POOL}  server a h:1\n",
        f"{WEB}{POOL}  server a h:1\n",
        "high default-backend-changed",
    ),
    (
        f"defaults d\n  default_backend pool\n{WEB}{POOL}  server a h:1\nbackend x\n  server a h:1\n",
        f"defaults d\n  default_backend x\n{WEB}{POOL}  server a h:1\nbackend x\n  server a h:1\n",
        "medium default-backend-changed",
    ),
    (
        f"{WEB}  default_backend pool\n{POOL}  server a h:1\nbackend x\n  server a h:1 disabled\n",
        f"{WEB}  default_backend x\n{POOL}  server a h:1\nbackend x\n  server a h:1 disabled\n",
        "high default-backend-changed",
    ),
    (
        f"{WEB}  use_backend pool if {{ path_beg /a /b }}\n{POOL}  server a h:1\n",
        f"{WEB}  use_backend pool if {{ path_beg /a }}\n{POOL}  server a h:1\n",
        "medium route-removed",
    ),
]


@pytest.mark.parametrize(("before", "after", "risk"), RISKY, ids=[f"{n} {row[2]}" for n, row in enumerate(RISKY)])
def test_a_risk_is_found(before: str, after: str, risk: str) -> None:
    assert risk in found(before, after)
