"""Where devices in front of Exchange redirect a request that they want a logon for. Data only.

A redirect to one of these is pre-authentication: the request did not reach Exchange [exchange 3.3.7].
"""

from __future__ import annotations

import re

_LOGON = re.compile(
    r"/adfs/ls|/my\.policy|/owa/auth|/CookieAuth\.dll|/vpn/|/cgi/(?:login|tm)|/logon|/login|/signin|/saml"
    r"|/oauth2?/"
    r"|login\.microsoftonline\.com|/uag|/internalsite/|/lm_auth_proxy|/dana-na/|/nf/auth/|/oam/server",
    re.IGNORECASE,
)
# Kemp's Edge Security Pack by jaapwesselius.com 2013; the others [exchange 3.3.5] to [exchange 3.3.7].
_OWNERS = (
    ("/lm_auth_proxy", "the Kemp LoadMaster (Edge Security Pack)"),
    ("/my.policy", "F5 BIG-IP APM"),
    ("/cookieauth.dll", "Forefront TMG or ISA Server"),
    ("/internalsite/", "Forefront UAG"),
    ("/adfs/ls", "AD FS (Web Application Proxy)"),
    ("login.microsoftonline.com", "Microsoft Entra ID"),
)


def leads_to_logon(location: str) -> bool:
    """Whether the Location of a redirect is a known logon page."""
    return bool(_LOGON.search(location))


def logon_owner(location: str) -> str | None:
    """Whose logon page a Location is, in words, or None: its path is not one of a single product."""
    return next((name for path, name in _OWNERS if path in location.lower()), None)
