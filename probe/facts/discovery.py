"""The words in which discovery is on record, shared by who writes the steps and who draws conclusions."""

from __future__ import annotations

GIVEN = "given"
FEDERATION_INFORMATION = "GetFederationInformation"
HTTP_REDIRECT = "http redirect"
REDIRECT = "redirect"
AUTODISCOVER_V2 = "Autodiscover V2"
EWS = "ews"
AUTODISCOVER = "autodiscover"
CHOICE = "choice"
SERVICE_RECORD = "SRV"
OUTLOOK = "Outlook"

INSECURE = "the insecure redirect of "
"""How `found_by` of an endpoint begins whose host came out of an answer over plain http."""
REDIRECTED_FROM = "redirected from "
"""How `found_by` of an endpoint begins that an Autodiscover endpoint redirected to, before that one's URL."""
