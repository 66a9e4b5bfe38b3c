"""Servers: `server`, `server-template`, `default-server` and their shared parameters. Manual chapter 5.2; API /servers."""

from hsync.schema import Address, Child, Flag, Form, Params, Row, Shape, Word

SERVER_PARAMS = (Flag("check"),)

SERVERS = Child(
    "servers", Shape.NAMED, forms=(Form("server", Word("name"), Address(), Params(*SERVER_PARAMS)),), in_full="servers"
)
