"""backend. Manual chapter 4; API /backends."""

from hsync.schema import SectionType, Shape
from hsync.sections.lists import ACLS
from hsync.sections.proxies import MODE

SECTION = SectionType(
    "backend", path="backends", shape=Shape.NAMED, rank=40, inherits=True, rows=(*MODE,), children=(ACLS,)
)
