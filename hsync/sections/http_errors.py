"""http-errors: a group of error pages. Manual chapter 12.4; API /http_errors_sections."""

from hsync.schema import Enum, Rows, SectionType, Shape, Word
from hsync.sections.proxy_shapes import CODES

SECTION = SectionType(
    "http-errors",
    path="http_errors_sections",
    shape=Shape.NAMED,
    place=110,
    rank=20,
    reads_over=True,
    naming=r"[A-Za-z0-9_-]+",
    full_section=False,
    needs={"error_files": "the API cannot read an http-errors section without an errorfile"},
    rows=(Rows("errorfile", "error_files", Enum("code", values=CODES), Word("file")),),
)
