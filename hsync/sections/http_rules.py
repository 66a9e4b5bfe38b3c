"""HTTP rules: http-request, http-response, http-after-response, http-error. Manual chapter 4.3; API /http_*_rules."""

from hsync.schema import Child, Rest, Rule, Shape, Word, rules

HTTP_REQUEST_RULES = Child(
    "http_request_rules",
    Shape.LIST,
    forms=rules("http-request", Rule("set-header", Word("hdr_name"), Rest("hdr_format"))),
    in_full="http_request_rule_list",
)
