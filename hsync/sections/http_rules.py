"""HTTP rules: http-request, http-response, http-after-response, http-error. Manual chapter 4.3; API /http_*_rules."""

from __future__ import annotations

from dataclasses import replace

from hsync.schema import Child, Rest, Rule, Shape, Word, rules

SET_HEADER = (Rule("set-header", Word("hdr_name"), Rest("hdr_format")),)

HTTP_REQUEST_RULES = Child(
    "http_request_rules", Shape.LIST, forms=rules("http-request", *SET_HEADER), in_full="http_request_rule_list"
)
HTTP_RESPONSE_RULES = Child(
    "http_response_rules", Shape.LIST, forms=rules("http-response", *SET_HEADER), in_full="http_response_rule_list"
)
HTTP_AFTER_RESPONSE_RULES = Child(
    "http_after_response_rules",
    Shape.LIST,
    forms=rules("http-after-response", *SET_HEADER),
    in_full="http_after_response_rule_list",
)
HTTP_ERROR_RULES = Child("http_error_rules", Shape.LIST, forms=(), in_full="http_error_rule_list")


def in_defaults(child: Child) -> Child:
    """The same collection below `defaults`, which has the rule families only since API 3.2."""
    return replace(child, since="3.2")
