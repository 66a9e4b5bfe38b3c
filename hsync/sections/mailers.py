"""mailers: SMTP servers for e-mail alerts. Manual chapter 12.3; API /mailers_section, /mailer_entries."""

from hsync.schema import Child, Form, Row, SectionType, Shape, Time, Word
from hsync.sections.host_port import HostPort
from hsync.sections.sockets import VARIABLE

MAILER_ENTRIES = Child(
    "mailer_entries",
    Shape.NAMED,
    forms=(Form("mailer", Word("name", matching=r'[A-Za-z0-9-_${}"]+', late=VARIABLE), HostPort()),),
    in_full="mailer_entries",
    ordered=False,
    parent_query="mailers_section",
)

SECTION = SectionType(
    "mailers",
    path="mailers_section",
    shape=Shape.NAMED,
    place=40,
    rank=10,
    reads_over=True,
    naming=r"[A-Za-z0-9_-]+",
    rows=(Row("timeout mail", Time("timeout"), sticky="a PUT without a timeout keeps the old line"),),
    children=(MAILER_ENTRIES,),
)
