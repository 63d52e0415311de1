"""Printed settings, results and alerts: each object of an output is read, in each form that cmdlets print."""

from __future__ import annotations

import pytest

from probe.explain.explainer import explain
from probe.explain.readers.schannel import alert_of

ADDRESS = "https://autodiscover.partner.test/autodiscover/autodiscover.svc/WSSecurity"


def relationship(*, enabled: bool = True, free_busy: bool = True, address: str = ADDRESS) -> str:
    return (
        f"Name                  : Partner\nDomainNames           : {{partner.test}}\nEnabled : {enabled}\n"
        f"FreeBusyAccessEnabled : {free_busy}\nTargetApplicationUri  : outlook.com\nTargetSharingEpr      :\n"
        f"TargetAutodiscoverEpr : {address}\n"
    )


def connector(*, enabled: bool = True, endpoint: str = "https://partner.test") -> str:
    return (
        f"Name : C\nTargetAddressDomains : {{partner.test}}\nDiscoveryEndpoint : {endpoint}\n"
        f"Enabled : {enabled}\n"
    )


def directory(server: str, *, on: bool) -> str:
    return f"Server                   : {server}\nWSSecurityAuthentication : {on}\n"


DIRECTORIES = """
Server WSSecurityAuthentication
------ ------------------------
EX1                        True
EX2                       False
"""
RELATIONSHIPS = """
Name      Enabled FreeBusyAccessEnabled TargetApplicationUri TargetSharingEpr TargetAutodiscoverEpr
----      ------- --------------------- -------------------- ---------------- ---------------------
Partner A    True                  True outlook.com                           https://autodiscover.part...
Partner B    True                 False outlook.com                           https://autodiscover.part...
"""
FINE, OFF = "settings", "relationship-disabled"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(relationship(), [FINE], id="one"),
        pytest.param(relationship() + "\n" + relationship(enabled=False), [FINE, OFF], id="second-disabled"),
        pytest.param(relationship(enabled=False) + relationship(), [OFF, FINE], id="first-disabled"),
        pytest.param(
            relationship() + "\n" + relationship(address=""),
            [FINE, "relationship-unusable-settings"],
            id="second-without-address",
        ),
        pytest.param(directory("EX2", on=False), ["virtual-directory-authentication"], id="one-directory"),
        pytest.param(
            directory("EX1", on=True) + "\n" + directory("EX2", on=False),
            [FINE, "virtual-directory-authentication"],
            id="second-directory",
        ),
        pytest.param(DIRECTORIES, [FINE, "virtual-directory-authentication"], id="table-of-directories"),
        pytest.param(RELATIONSHIPS, [FINE, "free-busy-access-disabled"], id="table-with-cut-values"),
        pytest.param(connector(), [FINE], id="connector"),
        pytest.param(connector(enabled=False), ["connector-settings"], id="connector-disabled"),
        pytest.param(
            connector() + connector(endpoint=""), [FINE, "connector-settings"], id="second-connector"
        ),
    ],
)
@pytest.mark.parametrize("ends", [pytest.param("\n", id="lf"), pytest.param("\r\n", id="crlf")])
def test_every_object_is_read(text: str, expected: list[str], ends: str) -> None:
    found = explain(text.replace("\n", ends))
    assert [one.knowledge.name if one.knowledge else None for one in found] == expected


@pytest.mark.parametrize(
    ("text", "event", "expected"),
    [
        pytest.param(
            "Es wurde eine schwerwiegende Warnung vom Remoteendpunkt empfangen. Die schwerwiegende Warnung "
            "hat folgenden für das TLS-Protokoll definierten Code: 40.",
            36887,
            ("received", 40),
            id="de",
        ),
        pytest.param(
            "Une alerte irrécupérable a été générée et envoyée au point de terminaison distant. Le code "
            "d’erreur irrécupérable défini par le protocole TLS est 48. L’état d’erreur SChannel est 552.",
            36888,
            ("sent", 48),
            id="fr",
        ),
        pytest.param(
            "リモート エンドポイントから致命的な警告を受信しました。"
            "TLS プロトコルで定義されている致命的な警告コードは 70 です。",
            36887,
            ("received", 70),
            id="ja",
        ),
        pytest.param(
            "Die folgende schwerwiegende Warnung wurde empfangen: 46.",
            36887,
            ("received", 46),
            id="de-2008-r2",
        ),
        pytest.param("Der Dienst wurde nach 40 Sekunden beendet: 41.", 7031, None, id="another-event"),
    ],
)
def test_alerts_in_any_language(text: str, event: int, expected: tuple[str, int] | None) -> None:
    assert alert_of(text, event) == expected


ATTEMPT = "Type=Failure;Url=https://partner.test/autodiscover/autodiscover.svc;Exception={};\n"
FAILED = "Federation information could not be received from the external organization."


@pytest.mark.parametrize(
    ("exception", "cause"),
    [
        pytest.param(
            "The underlying connection was closed: Could not establish trust relationship for the SSL/TLS "
            "secure channel.",
            "certificate",
            id="certificate",
        ),
        pytest.param(
            "The remote server returned an error: (405) Method Not Allowed.", "handler-missing", id="405"
        ),
        pytest.param(
            "The remote name could not be resolved: 'partner.test'", "no-autodiscover", id="name-resolution"
        ),
        pytest.param("Discovery for domain partner.test failed.", "no-autodiscover", id="says-nothing"),
    ],
)
def test_the_cause_that_an_attempt_names_comes_first(exception: str, cause: str) -> None:
    (found,) = explain(ATTEMPT.format(exception) + FAILED)
    assert found.knowledge is not None
    assert found.causes[0].cause.name == cause


def test_the_cmdlet_that_failed_is_known_by_its_exception_in_any_language() -> None:
    (found,) = explain(
        "Impossible de recevoir les informations de fédération de l'organisation externe.\n    + CategoryInfo"
        " : NotSpecified: (:) [Get-FederationInformation], GetFederationInformationFailedException"
    )
    assert found.knowledge is not None
    assert found.knowledge.name == "federation-information"
