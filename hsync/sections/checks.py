"""Health checks: http-check and tcp-check rules. Manual chapter 4.2; API /http_checks, /tcp_checks."""

from hsync.schema import Child, Shape

HTTP_CHECKS = Child("http_checks", Shape.LIST, forms=(), in_full="http_check_list")
TCP_CHECKS = Child("tcp_checks", Shape.LIST, forms=(), in_full="tcp_check_rule_list")
