"""links: resolve symbolic links, and refuse those that an attacker may have created.

Rule 1: a link is followed if it belongs to the current user or the owner of its folder, or if its folder is not
world-writable.

Source: `fs.protected_symlinks` of Linux (Documentation/admin-guide/sysctl/fs.rst). It is checked here as well: it may
be off, and it does not apply to a path that is resolved before it is opened.
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
        path: any path, which need not exist.

    Raises:
        OSError: a loop of links, or a link of another user in a world-writable folder.
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
    """The target of a link; None if the path is not a link.

    Raises:
        OSError: another user may have created the link.
    """
    try:
        target = str(path.readlink())
        link, folder = path.lstat(), path.parent.stat()
    except OSError:
        return None
    if folder.st_mode & stat.S_IWOTH and link.st_uid not in {os.geteuid(), folder.st_uid}:
        what = f"a link of another user (uid {link.st_uid}) in a world-writable folder"
        raise PermissionError(errno.EACCES, what, str(path))
    return target
