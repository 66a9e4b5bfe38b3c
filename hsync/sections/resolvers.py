"""resolvers: name servers, and timeouts of their answers. Manual chapter 5.3.2; API /resolvers, /nameservers."""

from hsync.schema import Child, Const, Form, Int, Row, SectionType, Shape, Time
from hsync.sections.host_port import HostPort
from hsync.sections.sockets import Name

NAMESERVERS = Child(
    "nameservers",
    Shape.NAMED,
    forms=(Form("nameserver", Name("name"), HostPort(port_needed=False)),),
    in_full="nameservers",
    ordered=False,
    parent_query="resolver",
    full_since="3.4",  # 3.2.13 ignores the nameservers in a POST
)

SECTION = SectionType(
    "resolvers",
    path="resolvers",
    shape=Shape.NAMED,
    place=50,
    rank=10,
    reads_over=True,
    rows=(
        # Time for which an answer is cached, by its status.
        Row("hold nx", Time("hold_nx")),
        Row("hold obsolete", Time("hold_obsolete")),
        Row("hold other", Time("hold_other")),
        Row("hold refused", Time("hold_refused")),
        Row("hold timeout", Time("hold_timeout")),
        Row("hold valid", Time("hold_valid")),
        # Queries. The API does not write a zero: the fields of the two timeouts are not nullable.
        Row("timeout resolve", Time("timeout_resolve", low=1)),
        Row("timeout retry", Time("timeout_retry", low=1)),
        Row("accepted_payload_size", Int("accepted_payload_size", low=512, high=8192)),
        Row("parse-resolv-conf", Const(**{"parse-resolv-conf": True})),
        Row("resolve_retries", Int("resolve_retries", low=1)),
    ),
    children=(NAMESERVERS,),
)
