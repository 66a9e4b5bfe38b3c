"""The library is given what the operator says; without that it allows nothing that needs an allowance."""

from __future__ import annotations

from pathlib import Path

import pytest

from hsync import Project
from hsync.dataplane.embedded import EmbeddedTransport, serve
from hsync.errors import NotAllowedError
from hsync.trust import Operator

CONFIG = "backend web\n  server s1 10.0.0.1:80\n"


def test_nothing_of_a_project_is_allowed_by_itself(tmp_path: Path) -> None:
    with serve(EmbeddedTransport(text=CONFIG)) as url:
        (tmp_path / "hsync.toml").write_text(f'[targets.edge1]\nurl = "{url}"\n')
        refused = Project.open(tmp_path)
        with pytest.raises(NotAllowedError, match=r"targets\.edge1\.url sends requests to"), refused.session("edge1"):
            pass
        with refused.session(url) as session:  # the caller names it
            assert session.client.snapshot().body == CONFIG
        asked = Project.open(tmp_path, operator=Operator(ask=lambda _: True))
        with asked.session() as session:
            assert session.name == "edge1"


def test_claims_are_told(tmp_path: Path) -> None:
    (tmp_path / "hsync.toml").write_text(
        'vars = ["/etc/x.yaml"]\n[environments.prod]\ntarget = "unix:///run/api.sock"\n'
    )
    assert [str(one) for one in Project.open(tmp_path).claims()] == [
        "hsync.toml:1: vars reads /etc/x.yaml",
        "hsync.toml:3: environments.prod.target sends requests to unix:///run/api.sock",
    ]
