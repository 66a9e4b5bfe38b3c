"""The files of a folder, some of them templates, are one text with the source of each line."""

from __future__ import annotations

from pathlib import Path

import pytest

from hsync.errors import InputError
from hsync.render import Rendered, holds_templates, in_folder, render
from hsync.syntax import split_files


def rendered(path: Path) -> Rendered:
    return render(path, variables={"port": 80}, root=path.parent)


def test_templates_and_files_in_the_order_of_haproxy(tmp_path: Path) -> None:
    (tmp_path / "b.cfg.j2").write_text("frontend f\n{% if port %}\n  bind :{{ port }}\n{% endif %}")
    (tmp_path / "B.cfg").write_text("global")
    (tmp_path / "c.cfg").write_text("")
    (tmp_path / "readme.md").write_text("no")
    (tmp_path / "sub.cfg").mkdir()
    made = in_folder(tmp_path, tmp_path, rendered)
    assert split_files(made.text) == [("B.cfg", "global\n"), ("b.cfg", "frontend f\n  bind :80\n"), ("c.cfg", "")]
    assert made.lines == ("B.cfg:1", "B.cfg:1", "b.cfg.j2:1", "b.cfg.j2:1", "b.cfg.j2:3", "")
    assert len(made.lines) == made.text.count("\n")
    assert [name for name, _ in made.digests] == ["B.cfg", "b.cfg.j2", "c.cfg", "variables"]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "has no file of a configuration"),
        ({"a.txt": ""}, "has no file of a configuration"),
        ({"a.cfg": "", "a.cfg.j2": ""}, "has both a.cfg and a.cfg.j2"),
        ({"a.cfg": "###_file_### b.cfg\n"}, "has a line that begins"),
    ],
)
def test_folders_that_are_refused(tmp_path: Path, files: dict[str, str], words: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=words):
        in_folder(tmp_path, tmp_path, rendered)


def test_a_folder_holds_templates_by_their_names(tmp_path: Path) -> None:
    (tmp_path / "a.cfg").write_text("")
    (tmp_path / "part.j2").write_text("")
    assert not holds_templates(tmp_path)
    (tmp_path / "b.cfg.j2").write_text("")
    assert holds_templates(tmp_path)
    assert not holds_templates(tmp_path / "b.cfg.j2")
