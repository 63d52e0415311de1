"""Profiles that rows and causes of the catalogue are about, each named once.

Sources: [exchange 5.2.2], [exchange 5.2.3].
"""

from __future__ import annotations

from probe.explain.explanation_model import Authentication, Place, Scope, View

_FEDERATED = (Authentication.WS_SECURITY, Authentication.UNKNOWN)
_OUTSIDE = (Place.PARTNER, Place.UNKNOWN)

FEDERATED = Scope(_FEDERATED)
"""A delegation token inside the SOAP message, or not known: WSSecurity and the federation trust count."""

FEDERATED_PARTNER = Scope(_FEDERATED, _OUTSIDE)
"""The same, asked of an Exchange on premises, whose virtual directories somebody can set."""

FEDERATED_SERVER = Scope(_FEDERATED, _OUTSIDE, (View.ANSWERING_SERVER,))
ANONYMOUS_PARTNER = Scope((*_FEDERATED, Authentication.NONE), _OUTSIDE, (View.CALLER,))
"""A device in front can want a logon; what an answering server logged has passed it."""

OAUTH = Scope((Authentication.OAUTH,))
OAUTH_PARTNER = Scope((Authentication.OAUTH,), _OUTSIDE)
OAUTH_CALLER = Scope((Authentication.OAUTH,), _OUTSIDE, (View.CALLER,))
OAUTH_CLOUD = Scope((Authentication.OAUTH,), (Place.EXCHANGE_ONLINE,))
WINDOWS_OUTSIDE = Scope((Authentication.WINDOWS,), _OUTSIDE)
INSIDE = Scope(places=(Place.OWN_ORGANIZATION,))
OUTSIDE = Scope(places=(*_OUTSIDE, Place.HYBRID_AGENT))
PARTNER = Scope(places=_OUTSIDE)
AGENT = Scope(places=(Place.HYBRID_AGENT,))
CLOUD = Scope(places=(Place.EXCHANGE_ONLINE,))
FEDERATED_CLOUD = Scope(_FEDERATED, (Place.EXCHANGE_ONLINE,))
MICROSOFT = Scope(places=(Place.MICROSOFT_SERVICE,))
MICROSOFT_OR_CLOUD = Scope(places=(Place.MICROSOFT_SERVICE, Place.EXCHANGE_ONLINE))
MICROSOFT_OAUTH = Scope((Authentication.OAUTH,), (Place.MICROSOFT_SERVICE,))
MICROSOFT_FEDERATION = Scope((*_FEDERATED, Authentication.NONE), (Place.MICROSOFT_SERVICE,))
SERVER_LOG = Scope(views=(View.ANSWERING_SERVER,))
