"""Ordered lists of proxies that are no rule family: acl, use_backend, use-server, stick, filter, capture, log ...

Manual chapters 4.2, 7; API /acls, /backend_switching_rules, /server_switching_rules, /stick_rules, /filters,
/captures, /log_targets, /ssl_front_uses, /force_be_switches, /filter_sequences.
"""

from hsync.schema import Child, Form, Opt, Rest, Shape, Word

ACLS = Child(
    "acls",
    Shape.LIST,
    forms=(Form("acl", Word("acl_name"), Word("criterion"), Opt(Rest("value"))),),
    in_full="acl_list",
)
