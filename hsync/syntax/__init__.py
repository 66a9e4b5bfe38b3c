"""Lossless parser for haproxy.cfg. It knows quoting, lines and section headers, but no keywords inside sections.

`emit` is the inverse of `parse` for any text: `emit(parse(t)) == t`.
"""

from hsync.syntax.document import BLOCK, Directive, Document, Grammar, Section, emit, parse
from hsync.syntax.findings import check, lost
from hsync.syntax.folder import FILE_MARK, is_file_name, join_files, split_files, without_marks
from hsync.syntax.words import Word, decode, join_raw, meaning, raw_words, split

__all__ = [
    "BLOCK",
    "FILE_MARK",
    "Directive",
    "Document",
    "Grammar",
    "Section",
    "Word",
    "check",
    "decode",
    "emit",
    "is_file_name",
    "join_files",
    "join_raw",
    "lost",
    "meaning",
    "parse",
    "raw_words",
    "split",
    "split_files",
    "without_marks",
]
