"""crt-store: certificates and their files. Manual chapter 12.7; API /crt_stores, /crt_loads.

Servers before 3.2.9 and 3.3.1 have another path for the loads, and an API release (3.2, 3.3) has servers of both kinds:
hsync writes loads through the API since 3.4 only. The specification has `full_section` since 3.2, but no server up to
3.4.2 reads it: all ignore the loads in a body.
"""

from __future__ import annotations

from hsync.schema import (
    Child,
    Csv,
    Fields,
    Form,
    Key,
    Mismatch,
    Params,
    Reader,
    Row,
    SectionType,
    Shape,
    Switch,
    Word,
)


class Load(Params):
    """Parameters in any order, one of them `crt`."""

    def read(self, reader: Reader, into: Fields) -> None:
        """Read the parameters; raise `Mismatch` without `crt`."""
        super().read(reader, into)
        if "certificate" not in into:
            raise Mismatch(reader.at, "crt FILE")


CRT_LOADS = Child(
    "crt_loads",
    Shape.NAMED,
    forms=(
        Form(
            "load",
            Load(
                Key("crt", Word("certificate")),
                Key("acme", Word("acme", since="3.2", refers="acme")),
                Key("alias", Word("alias")),
                Key("domains", Csv("domains", since="3.2")),
                Key("key", Word("key")),
                Key("ocsp", Word("ocsp")),
                Key("issuer", Word("issuer")),
                Key("sctl", Word("sctl")),
                Key("ocsp-update", Switch("ocsp_update")),
            ),
        ),
    ),
    in_full="crt_loads",
    key="certificate",
    ordered=False,
    since="3.4",
)

SECTION = SectionType(
    "crt-store",
    path="crt_stores",
    shape=Shape.NAMED,
    place=140,
    rank=5,
    anonymous=True,
    repeats=True,
    naming=r"[A-Za-z0-9_-]+",
    full_section=False,
    rows=(Row("crt-base", Word("crt_base")), Row("key-base", Word("key_base"))),
    needs={
        "crt_base": "the API writes a crt-base without a value, which HAProxy refuses",
        "key_base": "the API writes a key-base without a value, which HAProxy refuses",
    },
    children=(CRT_LOADS,),
)
