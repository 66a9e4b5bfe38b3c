"""Health checks: http-check and tcp-check rules. Manual chapter 4.2; API /http_checks, /tcp_checks."""
