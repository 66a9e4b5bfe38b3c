"""frontend. Manual chapter 4; API /frontends."""

from hsync.schema import SectionType, Shape
from hsync.sections.lists import ACLS
from hsync.sections.proxies import MODE

SECTION = SectionType(
    "frontend", path="frontends", shape=Shape.NAMED, rank=50, inherits=True, rows=(*MODE,), children=(ACLS,)
)
