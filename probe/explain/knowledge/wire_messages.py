"""Messages of the wire: name resolution, connection, timeouts [exchange 4.1]; which event gives which text
[failures 5.4.1], [failures 5.4.2], [failures 5.4.6], [failures 5.4.7]."""

from __future__ import annotations

from probe.explain.explanation_model import Cause, Knowledge, Signal
from probe.explain.knowledge import causes, scopes
from probe.remedies import directories, network, relationship

_CHECK = ("probe check {url}",)

INTERNAL_HOST_MARK = "mark: the host has an internal name"
"""What `matching` adds where the failed host is of a domain that public DNS does not have."""

CLOSED_UNEXPECTEDLY = Knowledge(
    "closed-unexpectedly",
    "The connection was closed without an answer",
    "The request went out and the connection was closed in order, without a response.",
    (("The connection was closed unexpectedly",),),
    (
        causes.OUTBOUND_PROXY,
        Cause(
            "closed-by-partner",
            "A device in front of the other side, or its server, closes without answering.",
            "A check without the caller's proxy sees the same.",
            (network.ALLOW_SOURCE, directories.RESTART_IIS),
            (Signal.CLOSED_AFTER_REQUEST,),
            excluded_by_absence=True,
        ),
    ),
    "ODS the-underlying-connection-was-closed-error.md; [failures 5.4.6] (ConnectionClosed)",
    _CHECK,
    ("Get-ExchangeServer | Format-List Name,InternetWebProxy",),
)

KEEP_ALIVE = Knowledge(
    "keep-alive-closed",
    "A reused connection was closed before the answer",
    "The caller sent a request on a connection that it had used before, and the other side had given it up. "
    "Rare and single: idle timeouts differ. Constant: a device in between breaks the second request of a "
    "logon.",
    (("connection that was expected to be kept alive was closed by the server",),),
    (causes.FIREWALL_RESET, causes.PRE_AUTHENTICATION),
    "[failures 5.4.6] (KeepAliveFailure)",
    _CHECK,
)

CONNECT_FAILURE = Knowledge(
    "connect-failure",
    "No TCP connection to the other side",
    "Nobody answered at the address, or something refused.",
    (
        ("Unable to connect to the remote server",),
        ("did not properly respond after a period of time",),
        ("connection could be made because the target machine actively refused it",),
        ("A socket operation was attempted to an unreachable",),
        ("A socket operation encountered a dead network",),
        ("A socket operation failed because the destination host was down",),
    ),
    (
        Cause(
            "firewall",
            "A firewall on either side drops the connection.",
            "Timeout from the caller, success from elsewhere.",
            (network.OPEN_PORT,),
            (Signal.NOT_CONNECTED,),
            named_by=("did not properly respond", "10060"),
            excluded_by=("actively refused", "10061"),
        ),
        Cause(
            "not-listening",
            "Nothing listens on the port: IIS or the publishing device is down, or a firewall rejects.",
            "Refused at once from everywhere.",
            (network.LISTEN, directories.START_SERVICES),
            (Signal.REFUSED,),
            excluded_by_absence=True,
            named_by=("actively refused", "10061"),
            excluded_by=("did not properly respond", "10060", "unreachable"),
        ),
        causes.OUTBOUND_PROXY,
        Cause(
            "wrong-address",
            "DNS gives the caller another address than the world (split DNS), or an address family without "
            "a route.",
            "The address at the end of the message against what a check connects to.",
            (network.FIX_DNS,),
            named_by=("unreachable network", "unreachable host", "dead network", "10051", "10065"),
        ),
    ),
    "RFB; [failures 5.4.2] (ConnectFailure); [failures 5.7]",
    _CHECK,
    ("Test-NetConnection {host} -Port {port}",),
)

NAME_RESOLUTION = Knowledge(
    "name-resolution",
    "The host name could not be resolved",
    "The name in the message has no address for the caller. The host comes from the organization "
    "relationship, or from the partner's Autodiscover answer.",
    (
        ("The remote name could not be resolved",),
        ("No such host is known",),
        ("This is usually a temporary error during hostname resolution",),
        ("A non-recoverable error occurred during a database lookup",),
        ("The requested name is valid, but no data of the requested type was found",),
    ),
    (
        Cause(
            "wrong-host",
            "The organization relationship (TargetAutodiscoverEpr, TargetSharingEpr) holds a wrong host.",
            "The name does not resolve from anywhere.",
            (relationship.REFRESH_RELATIONSHIP, relationship.SET_SHARING_EPR),
            (Signal.NAME_NOT_RESOLVED,),
            excluded_by_absence=True,
            scope=scopes.OUTSIDE,
        ),
        Cause(
            "dns-of-caller",
            "The caller's servers cannot resolve names of the internet.",
            "The name resolves from elsewhere.",
            (network.FIX_DNS,),
            named_by=("temporary error during hostname resolution", "non-recoverable error occurred"),
        ),
        Cause(
            "internal-external-url",
            "The partner's ExternalUrl is an internal name.",
            "The name ends in .local or the like.",
            (directories.SET_EXTERNAL_URL,),
            named_by=(INTERNAL_HOST_MARK,),
            scope=scopes.OUTSIDE,
        ),
    ),
    "RFB; [failures 5.4.1] (NameResolutionFailure)",
    ("probe check {url}", "probe check {domain}"),
    ("Resolve-DnsName {host}",),
)

PROXY_NAME_RESOLUTION = Knowledge(
    "proxy-name-resolution",
    "The name of the caller's web proxy could not be resolved",
    "The request never left the caller: the name of the proxy that it is told to use has no address.",
    (("The proxy name could not be resolved",),),
    (
        Cause(
            "wrong-proxy",
            "InternetWebProxy holds a wrong name.",
            "Get-ExchangeServer shows it.",
            (network.SET_WEB_PROXY,),
        ),
    ),
    "[failures 5.4.1] (ProxyNameResolutionFailure)",
    (),
    ("Get-ExchangeServer | Format-List Name,InternetWebProxy",),
)

TIMED_OUT = Knowledge(
    "timed-out",
    "The other side did not answer in time",
    "The Availability service of Exchange 2013 gives a whole lookup 25 seconds (presumed of later versions): "
    "token, Autodiscover and EWS together. The quoted state says where the time ran out.",
    (
        ("Timeout occurred during",),
        ("The operation has timed out",),
        ("The request timed out",),
        ("The request was aborted: The request was canceled",),
        ("Request could not be processed in time",),
    ),
    (
        Cause(
            "slow-partner",
            "The endpoint that was asked answers slowly.",
            "A check's timings: what takes seconds.",
            (directories.READ_TARGET_LOG,),
            (Signal.SLOW,),
        ),
        Cause(
            "slow-token-service",
            "The token service or the way to it is slow or blocked.",
            "Test-FederationTrust takes long; the partner's IIS log has no line.",
            (network.REACH_TOKEN_SERVICE,),
            scope=scopes.FEDERATED,
        ),
        Cause(
            "firewall",
            "Packets are dropped on the way.",
            "The check connects from elsewhere, the caller does not.",
            (network.ALLOW_SOURCE,),
            (Signal.NOT_CONNECTED,),
        ),
        causes.OUTBOUND_PROXY,
    ),
    "RFB (LID 43404); [exchange 1.1.7]; [failures 5.4.7]",
    _CHECK,
    ("Test-FederationTrust -Verbose",),
)

PROTOCOL_VIOLATION = Knowledge(
    "protocol-violation",
    "What answered does not speak HTTP properly",
    "TLS worked; the bytes that came back break HTTP's rules.",
    (
        ("The server committed a protocol violation",),
        ("Section=ResponseStatusLine",),
        ("Section=ResponseHeader",),
        ("Section=ResponseBody",),
    ),
    (
        Cause(
            "not-http",
            "Another protocol or a broken device answers on the port.",
            "The section in the message; a check records the bytes.",
            (relationship.REFRESH_RELATIONSHIP,),
            (Signal.NOT_HTTP,),
            excluded_by_absence=True,
        ),
        causes.OUTBOUND_PROXY,
    ),
    "[failures 5.5.2]",
    _CHECK,
)

ROWS = (
    CLOSED_UNEXPECTEDLY,
    KEEP_ALIVE,
    CONNECT_FAILURE,
    NAME_RESOLUTION,
    PROXY_NAME_RESOLUTION,
    TIMED_OUT,
    PROTOCOL_VIOLATION,
)
