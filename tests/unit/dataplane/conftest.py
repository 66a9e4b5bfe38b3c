"""Certificates that are made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.dataplane.pki import OPENSSL, make_pki


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with certificates, see `make_pki`."""
    folder = tmp_path_factory.mktemp("pki")
    if OPENSSL is not None:
        make_pki(folder)
    return folder
