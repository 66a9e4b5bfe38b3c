from __future__ import annotations

from pathlib import Path

import pytest

from hsync.errors import InputError, UsageError
from hsync.render import Limits, render


@pytest.mark.parametrize(
    ("environment", "limits"),
    [
        ({}, Limits()),
        ({"HSYNC_RENDER_SECONDS": ""}, Limits()),
        ({"HSYNC_RENDER_SECONDS": "60"}, Limits(seconds=60)),
        ({"HSYNC_RENDER_MEMORY_MB": "2000", "HSYNC_RENDER_OUTPUT_MB": "1"}, Limits(memory_mb=2000, output_mb=1)),
    ],
)
def test_the_operator_s_environment_gives_the_limits(environment: dict[str, str], limits: Limits) -> None:
    assert Limits.of_environment(environment) == limits


def test_a_variable_wins_over_the_operator_s_file() -> None:
    found = Limits.of_environment({"HSYNC_RENDER_SECONDS": "9"}, Limits(seconds=50, memory_mb=1000))
    assert found == Limits(seconds=9, memory_mb=1000)


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "x", "٣", "1e3", " 5", "1000001", "9" * 5000])
def test_what_is_no_limit_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"HSYNC_RENDER_MEMORY_MB=.*: expected a whole number from 1 to") as caught:
        Limits.of_environment({"HSYNC_RENDER_MEMORY_MB": text})
    assert caught.value.hint == "export HSYNC_RENDER_MEMORY_MB=400"
    assert len(caught.value.message) < 200


TOO_LONG = [
    ("a\nb\n{% for i in range(99999) %}{{ 'x' * 40 }}{% endfor %}\n", "main.j2:3"),
    ("a\n{% include 'part.j2' %}\n", "part.j2:2"),
    ("a\n{% extends 'base.j2' %}{% block one %}\n{% include 'part.j2' %}\n{% endblock %}\n", "part.j2:2"),
    ("{{ 'x' * 2000000 }}", "main.j2:1"),
    (
        "{% set ns = namespace(x='x' * 1000) %}\n{% for i in range(11) %}\n{% set ns.x = ns.x ~ ns.x %}\n{% endfor %}\n{{ ns.x }}",
        "main.j2:5",
    ),
]


@pytest.mark.parametrize(("text", "where"), TOO_LONG)
def test_a_text_that_is_too_long_is_refused_at_its_line(text: str, where: str, tmp_path: Path) -> None:
    (tmp_path / "base.j2").write_text("c\n{% block one %}\n{% endblock %}\n")
    (tmp_path / "part.j2").write_text("d\n{% for i in range(99999) %}{{ 'x' * 40 }}{% endfor %}\n")
    (tmp_path / "main.j2").write_text(text)
    with pytest.raises(InputError) as caught:
        render(tmp_path / "main.j2", variables={}, root=tmp_path, limits=Limits(output_mb=1))
    assert caught.value.message.startswith(f"{where}: this gives more than 1 MB of text")
    assert caught.value.hint == "correct it, or raise the limit: export HSYNC_RENDER_OUTPUT_MB=4"


def test_a_text_just_below_the_limit_passes(tmp_path: Path) -> None:
    (tmp_path / "main.j2").write_text("{% for i in range(1024) %}\n{{ 'x' * 1023 }}\n{% endfor %}\n")
    made = render(tmp_path / "main.j2", variables={}, root=tmp_path, limits=Limits(output_mb=1))
    assert len(made.text) == 1024 * 1024
