"""ring: a buffer for log messages, and the servers that get them. Manual chapter 12.5; API /rings, /servers."""

from hsync.schema import Enum, Int, Rest, Row, SectionType, Shape, Size, Time
from hsync.sections.lists import FORMATS
from hsync.sections.servers import RING_SERVERS

SECTION = SectionType(
    "ring",
    path="rings",
    shape=Shape.NAMED,
    place=70,
    rank=5,
    reads_over=True,
    rows=(
        Row("description", Rest("description")),
        Row("format", Enum("format", *FORMATS)),
        Row("maxlen", Int("maxlen")),
        Row("size", Size("size", low=1)),
        Row("timeout connect", Time("timeout_connect")),
        Row("timeout server", Time("timeout_server")),
    ),
    children=(RING_SERVERS,),
)
