"""traces: settings of HAProxy's internal traces. Manual chapter 12.1; API /traces."""

from hsync.schema import Rest, Rows, SectionType, Shape

SECTION = SectionType(
    "traces",
    path="traces",
    shape=Shape.SINGLETON,
    named=False,
    place=80,
    rank=60,
    rows=(Rows("trace", "entries", Rest("trace")),),
    since="3.1",
)
