"""TCP rules: tcp-request, tcp-response, quic-initial. Manual chapter 4.4; API /tcp_request_rules and others."""

from hsync.schema import Child, Rule, Shape, rules

TCP_REQUEST_RULES = Child("tcp_request_rules", Shape.LIST, forms=(), in_full="tcp_request_rule_list")
TCP_RESPONSE_RULES = Child("tcp_response_rules", Shape.LIST, forms=(), in_full="tcp_response_rule_list")
QUIC_INITIAL_RULES = Child(
    "quic_initial_rules",
    Shape.LIST,
    forms=rules("quic-initial", *(Rule(action) for action in ("accept", "dgram-drop", "reject", "send-retry"))),
    in_full="quic_initial_rule_list",
    since="3.1",
)
