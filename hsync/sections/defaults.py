"""defaults. Manual chapter 4; API /defaults."""

from hsync.schema import SectionType, Shape
from hsync.sections.lists import ACLS
from hsync.sections.proxies import MODE

SECTION = SectionType(
    "defaults", path="defaults", shape=Shape.NAMED, rank=30, inherits=True, rows=(*MODE,), children=(ACLS,)
)
