"""Errors that a text names by number, cuts off, or that say that no packet left the caller."""

from __future__ import annotations

import pytest

from probe.explain.explainer import explain
from probe.explain.explanation_model import CauseStanding

EVENT = (
    "Process 9804: ProxyWebRequest FederatedCrossForest from S-1-5-21-1-2-3-1105 to "
    "https://mail.partner.test/ews/exchange.asmx/WSSecurity failed. Caller SIDs: WSSecurity. The exception "
    "returned is Microsoft.Exchange.InfoWorker.Common.Availability.ProxyWebRequestProcessingException: Proxy "
    "web request failed. ---> {}"
)
CONNECT = (
    "System.Net.WebException: Unable to connect to the remote server ---> "
    "System.Net.Sockets.SocketException: "
)
WIN32 = "System.ComponentModel.Win32Exception: "
SOAP = "System.Web.Services.Protocols.SoapHeaderException: "


def first(text: str) -> tuple[str | None, str | None]:
    """The row of `text` and who does the first remedy."""
    (found,) = explain(text)
    remedies = [
        advice
        for weighed in found.causes
        if weighed.standing is not CauseStanding.RULED_OUT
        for advice in weighed.cause.remedies
    ]
    return (
        found.knowledge.name if found.knowledge else None,
        remedies[0].actor.value if remedies else None,
    )


@pytest.mark.parametrize(
    ("text", "name", "actor"),
    [
        pytest.param(
            "SocketException (10060) mail.partner.test:443", "connect-failure", "network", id="10060"
        ),
        pytest.param("winsock error 10061", "connect-failure", "partner", id="10061"),
        pytest.param("SocketErrorCode: 10054", "forcibly-closed", "network", id="10054"),
        pytest.param("getaddrinfo failed, error code 11001", "name-resolution", "caller", id="11001"),
        pytest.param("WSATRY_AGAIN", "name-resolution", "caller", id="name-of-11002"),
        pytest.param("SEC_E_ALGORITHM_MISMATCH", "no-common-algorithm", "caller", id="sspi-name"),
        pytest.param("Win32Exception (0x80090331)", "no-common-algorithm", "caller", id="sspi-hexadecimal"),
        pytest.param("error -2146893007", "no-common-algorithm", "caller", id="sspi-decimal"),
        pytest.param("SEC_E_ILLEGAL_MESSAGE (0x80090326)", "secure-channel", "caller", id="sspi-alert"),
        pytest.param("SEC_E_CERT_EXPIRED (0x80090328)", "trust-failure", "partner", id="sspi-expired"),
        pytest.param("The internal error state is 10013.", None, None, id="state-of-schannel"),
        pytest.param("It took error-free 10060 ms", None, None, id="a-number-of-something-else"),
    ],
)
def test_a_number_says_what_its_words_say(text: str, name: str | None, actor: str | None) -> None:
    assert first(text) == (name, actor)


@pytest.mark.parametrize(
    ("message", "name"),
    [
        pytest.param(
            CONNECT + "An attempt was made to access a socket in a way forbidden by its access permissions "
            "203.0.113.9:443",
            "connection-forbidden-here",
            id="10013",
        ),
        pytest.param(
            CONNECT + "Only one usage of each socket address (protocol/network address/port) is normally "
            "permitted 203.0.113.9:443",
            "sockets-exhausted-here",
            id="10048",
        ),
        pytest.param(
            CONNECT + "An operation on a socket could not be performed because the system lacked sufficient "
            "buffer space or because a queue was full 203.0.113.9:443",
            "sockets-exhausted-here",
            id="10055",
        ),
        pytest.param(
            CONNECT + "The requested address is not valid in its context 0.0.0.0:443",
            "address-not-valid-here",
            id="10049",
        ),
        pytest.param(
            "System.Net.WebException: The underlying connection was closed: An unexpected error occurred "
            "on a send. ---> System.IO.IOException: Unable to write data to the transport connection: An "
            "established connection was aborted by the software in your host machine.",
            "aborted-here",
            id="10053",
        ),
    ],
)
def test_what_windows_refuses_here_blames_no_partner(message: str, name: str) -> None:
    assert first(EVENT.format(message)) == (name, "caller")


@pytest.mark.parametrize(
    ("message", "name", "actor"),
    [
        pytest.param(
            SOAP + "SOAP header Security was not understood.",
            "security-header-not-understood",
            "partner",
            id="header",
        ),
        pytest.param(
            SOAP + "The message with Action 'x' cannot be processed at the receiver, due to a ContractFilter "
            "mismatch at the EndpointDispatcher.",
            "other-service-answered",
            "caller",
            id="action",
        ),
        pytest.param(
            SOAP + "Mailbox move in progress. Try again later.", "mailbox-not-opened", "partner", id="move"
        ),
        pytest.param(
            "System.Net.WebException: The remote server returned an error: (456).",
            "http-refused-in-front",
            "partner",
            id="456",
        ),
    ],
)
def test_an_answer_of_the_other_side(message: str, name: str, actor: str) -> None:
    assert first(EVENT.format(message)) == (name, actor)


@pytest.mark.parametrize(
    ("message", "name"),
    [
        pytest.param(
            "The underlying connection was closed: Could not establish trust relationship fo",
            "trust-failure",
            id="trust",
        ),
        pytest.param("The remote name could not be res", "name-resolution", id="name"),
        pytest.param(
            "The request was aborted: Could not create SSL/TLS secu", "secure-channel", id="secure-channel"
        ),
        pytest.param(
            "The underlying connection was closed: An unexpected error occurred on a", None, id="either"
        ),
        pytest.param("The request failed with HTTP sta", None, id="no-number"),
    ],
)
def test_a_text_that_is_cut_off(message: str, name: str | None) -> None:
    assert first(EVENT.format("System.Net.WebException: " + message))[0] == name


OUTLOOK = "No free/busy information could be retrieved. The recipient's server could not be determined. "


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        pytest.param(OUTLOOK, "no-relationship", id="no-code"),
        pytest.param(OUTLOOK + "Error code: 5039", "partner-autodiscover", id="5039"),
    ],
)
def test_a_code_tells_what_outlooks_words_leave_open(text: str, cause: str) -> None:
    (found,) = explain(text)
    assert found.causes[0].cause.name == cause


RECEIVE = (
    "System.Net.WebException: Die Verbindung wurde geschlossen: Unerwarteter Fehler beim Empfangen.. ---> "
)


@pytest.mark.parametrize(
    ("inner", "name"),
    [
        pytest.param("", "broken-on-receive", id="nothing-inside"),
        pytest.param(
            WIN32 + "Client und Server können nicht kommunizieren, da sie keinen "
            "gemeinsamen Algorithmus besitzen",
            "no-common-algorithm",
            id="algorithm",
        ),
        pytest.param(
            WIN32 + "Клиент и сервер не могут взаимодействовать, так как не имеют общего алгоритма",
            "no-common-algorithm",
            id="algorithm-of-another-language",
        ),
        pytest.param(
            WIN32 + "Im Sicherheitspaket sind keine Anmeldeinformationen verfügbar",
            "schannel-credential",
            id="own-credential",
        ),
        pytest.param(
            "System.IO.IOException: Fehler beim Entschlüsselungsvorgang. ---> "
            "System.ComponentModel.Win32Exception: Die angegebenen Daten konnten nicht entschlüsselt werden",
            "decryption-failed",
            id="alert-after-the-handshake",
        ),
        pytest.param(
            WIN32 + "The specified data could not be decrypted", "decryption-failed", id="alert-in-english"
        ),
        pytest.param(
            WIN32 + "The message received was unexpected or badly formatted", "secure-channel", id="illegal"
        ),
    ],
)
def test_a_failed_receive_is_no_reset_by_itself(inner: str, name: str) -> None:
    assert first(EVENT.format((RECEIVE + inner).removesuffix(" ---> ")))[0] == name
