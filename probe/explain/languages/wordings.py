"""The English messages of .NET Framework and Winsock that texts in other languages are read as."""

from __future__ import annotations

TRUST = "Could not establish trust relationship for the SSL/TLS secure channel"
CERTIFICATE = "The remote certificate is invalid according to the validation procedure"
CHANNEL = "Could not create SSL/TLS secure channel"
SEND = "An unexpected error occurred on a send"
RECEIVE = "An unexpected error occurred on a receive"
CLOSED = "The connection was closed unexpectedly"
KEPT_ALIVE = "A connection that was expected to be kept alive was closed by the server"
RESOLVE = "The remote name could not be resolved"
CONNECT = "Unable to connect to the remote server"
REFUSED = "No connection could be made because the target machine actively refused it"
SILENT = "did not properly respond after a period of time"
RESET = "An existing connection was forcibly closed by the remote host"
TIMED_OUT = "The operation has timed out"
RETURNED = "The remote server returned an error"
RESOLVE_PROXY = "The proxy name could not be resolved"
