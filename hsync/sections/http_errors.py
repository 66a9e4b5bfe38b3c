"""http-errors: a group of error pages. Manual chapter 12.4 (http-errors); API /http_errors_sections."""

from hsync.schema import Enum, Rows, SectionType, Shape, Word

CODES = (200, 400, 401, 403, 404, 405, 407, 408, 410, 413, 425, 429, 500, 501, 502, 503, 504)

SECTION = SectionType(
    "http-errors",
    path="http_errors_sections",
    shape=Shape.NAMED,
    rank=20,
    full_section=False,
    needs={"error_files": "the API cannot read an http-errors section without an errorfile"},
    rows=(Rows("errorfile", "error_files", Enum("code", values={str(code): code for code in CODES}), Word("file")),),
)
