"""Binds: `bind` and its parameters. Manual chapter 5.1; API /binds."""

from hsync.schema import Child, Form, Params, Shape, Word

BIND_PARAMS = ()

BINDS = Child("binds", Shape.NAMED, forms=(Form("bind", Word("address"), Params(*BIND_PARAMS)),), in_full="binds")
