"""links: where a path leads, with the links that somebody planted refused.

Rule 1: a link is followed if it is ours, or where only people whom we trust with the folder can make one.

Source: `fs.protected_symlinks` of Linux (Documentation/admin-guide/sysctl/fs.rst). It is asked for here as well, since
it may be off, and does not hold for a path that is resolved before it is opened.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

__all__ = ["real_path"]

MOST_LINKS = 40
"""As many as Linux follows (path_resolution(7))."""


def real_path(path: Path | str) -> Path:
    """The absolute path without symbolic links.

    Args:
        path: of anything, or of nothing yet.

    Raises:
        OSError: links lead in a circle, or one was put by another user into a folder that everybody may write.
    """
    done, left, followed = Path("/"), list(reversed(Path(path).absolute().parts[1:])), 0
    while left:
        part = left.pop()
        if part == "..":
            done = done.parent
            continue
        target = _link_at(done / part)
        if target is None:
            done /= part
            continue
        followed += 1
        if followed > MOST_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
        steps = Path(target).parts
        done = Path("/") if steps[0] == "/" else done
        left += [one for one in reversed(steps) if one != "/"]
    return done


def _link_at(path: Path) -> str | None:
    """Where a link leads; None when there is none.

    Raises:
        OSError: the link was planted.
    """
    try:
        target = str(path.readlink())
        link, folder = path.lstat(), path.parent.stat()
    except OSError:
        return None
    if folder.st_mode & stat.S_IWOTH and link.st_uid not in {os.geteuid(), folder.st_uid}:
        what = f"a link that another user (number {link.st_uid}) put into a folder that everybody may write"
        raise PermissionError(errno.EACCES, what, str(path))
    return target
