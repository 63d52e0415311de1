"""TLS on the wire: what is offered, what comes back in clear, and OpenSSL between the two."""
