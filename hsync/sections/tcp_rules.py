"""TCP rules: tcp-request, tcp-response, quic-initial. Manual chapter 4.4; API /tcp_request_rules, /tcp_response_rules."""
