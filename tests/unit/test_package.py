from __future__ import annotations

import subprocess
import sys

import pytest

import hsync


def test_every_name_of_the_package_is_there_and_documented() -> None:
    for name in hsync.__all__:
        value = getattr(hsync, name)
        assert name == "__version__" or value.__doc__
    assert set(hsync.__all__) <= set(dir(hsync))
    with pytest.raises(AttributeError, match="module 'hsync' has no attribute 'nothing'"):
        hsync.nothing  # noqa: B018 - the access is the test


def test_import_hsync_loads_nothing_else() -> None:
    code = "import sys, hsync; hsync.__version__; print(*sorted(m for m in sys.modules if m.startswith(('hsync', 'httpx', 'rich'))))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["hsync", "hsync.homes", "hsync.version"]
