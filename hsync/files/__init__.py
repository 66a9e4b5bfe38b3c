"""files: read, replace and lock files safely. All file access of hsync is in this package.

Rule 1: errors are `OSError`s. The callers convert them into errors of hsync, since they know the purpose of the file.
Rule 2: no other module opens files, creates folders or renames files.
"""

from hsync.files.folders import is_private_folder, make_folder, make_private_folder
from hsync.files.links import real_path
from hsync.files.lock import FileLock
from hsync.files.log import opened_log
from hsync.files.private import Folder, opened_folder, private_folder, renamed_folder
from hsync.files.reading import MAX_BYTES, FileTooLargeError, check_file, read_file, read_head
from hsync.files.replace import PRIVATE, reason, replace_file, stage, sync_folder

__all__ = [
    "MAX_BYTES",
    "PRIVATE",
    "FileLock",
    "FileTooLargeError",
    "Folder",
    "check_file",
    "is_private_folder",
    "make_folder",
    "make_private_folder",
    "opened_folder",
    "opened_log",
    "private_folder",
    "read_file",
    "read_head",
    "real_path",
    "reason",
    "renamed_folder",
    "replace_file",
    "stage",
    "sync_folder",
]
