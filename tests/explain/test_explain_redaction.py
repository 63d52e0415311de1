"""People and secrets are not repeated unless asked for; what the next command needs stays."""

from __future__ import annotations

import msgspec
import pytest

from probe.explain.explainer import explain
from probe.explain.output.redaction import redact
from probe.explain.output.render import render_text, to_document

SECRETS = [
    pytest.param("mail to jan.jansen@contoso.com failed", "jan.jansen", id="address"),
    pytest.param("<Jan Jansen>SMTP:jj@contoso.com", "Jan Jansen", id="display-name"),
    pytest.param("<Jan Jansen>SMTP:jj@contoso.com", "jj@", id="address-after-smtp"),
    pytest.param("SMTP:jörg@contoso.com", "jörg", id="address-not-ascii"),
    pytest.param('"jan jansen"@contoso.com', "jansen", id="quoted-local-part"),
    pytest.param("Email=jan%40contoso.com&x=1", "jan%40", id="encoded-address"),
    pytest.param("from S-1-5-21-1671710892-3805255249-3875359145-102309 to", "1671710892", id="sid"),
    pytest.param("Authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz", id="authorization"),
    pytest.param("authorization: Negotiate TlRMTVNTUAABAAAA", "TlRMTVNTUAABAAAA", id="negotiate"),
    pytest.param("Bearer eyJ0eXAiOiJKV1QiLCJhbGciOi.eyJhdWQiOiIw.abc-def", "eyJ0eXAi", id="bearer"),
    pytest.param("Cookie: X-BackEndCookie=S-1-5-21=u56Lnp2ejJqB", "u56Lnp2ejJqB", id="cookie"),
    pytest.param("Set-Cookie: ClientId=ABCDEF; path=/", "ABCDEF", id="set-cookie"),
    pytest.param("password=hunter2&x=1", "hunter2", id="password"),
    pytest.param('client_secret: "s3cr3t value"', "s3cr3t", id="client-secret"),
    pytest.param("access_token=abcdef123", "abcdef123", id="token"),
    pytest.param("https://user:pass@mail.contoso.com/x", "user:pass", id="user-information"),
    pytest.param("<xenc:CipherValue>QUJD</xenc:CipherValue>", "QUJD", id="cipher-value"),
    pytest.param(
        "<wsse:BinarySecurityToken Id='1'>QUJD</wsse:BinarySecurityToken>", "QUJD", id="binary-token"
    ),
    pytest.param("x " + "QUJDREVG0" * 12, "QUJDREVG0", id="long-base64"),
    pytest.param("/o=Contoso/ou=First/cn=Recipients/cn=jjansen", "jjansen", id="legacy-name"),
    pytest.param("user CONTOSO\\jjansen at", "jjansen", id="account"),
]


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_a_secret_is_replaced(text: str, secret: str) -> None:
    assert secret not in redact(text)


KEPT = [
    pytest.param("https://mail.contoso.com/ews/exchange.asmx/WSSecurity", id="url"),
    pytest.param("The request failed with HTTP status 401: Unauthorized.", id="message"),
    pytest.param("error code: 401", id="code"),
    pytest.param("Basic authentication, Negotiate authentication", id="scheme-in-prose"),
    pytest.param('WWW-Authenticate: Basic realm="mail.contoso.com"', id="challenge"),
    pytest.param("6424[w3wp.exe:/LM/W3SVC/1/ROOT/EWS-1-130778800910201315]", id="process"),
    pytest.param(
        "Microsoft.Exchange.InfoWorker.Common.Availability.ProxyWebRequestProcessingException", id="type"
    ),
    pytest.param(
        "An error occurred when processing the security tokens in the message.", id="token-in-prose"
    ),
]


@pytest.mark.parametrize("text", KEPT)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact(text) == text


def test_the_domain_of_an_address_stays() -> None:
    assert redact("SMTP:jan@contoso.com").endswith("@contoso.com")


ENTRY = (
    "Log Name: Application\nUser: CONTOSO\\svc-exchange\nDescription:\n"
    "Process 1212: ProxyWebRequest FederatedCrossForest from someone@fabrikam.com to "
    "https://u5er:pa55@mail.contoso.com/ews/exchange.asmx/WSSecurity?token=t0ken failed. Caller SIDs: "
    "S-1-5-21-1671710892-3805255249-3875359145-102309. The exception returned is "
    "System.Net.WebException: The remote "
    "name could not be resolved: 'mail.contoso.com' for jan@contoso.com password=hunter2. The request "
    "information is "
    "ProxyWebRequest type = FederatedCrossForest\nMailbox list = <Jan Jansen>SMTP:jan@contoso.com, "
    "Parameters: "
    "windowStart = 1, windowEnd = 2, RequestedView = Detailed"
)
ANSWER = (
    "HTTP/1.1 401 Unauthorized\nSet-Cookie: ClientId=c00kie\n"
    "Authorization: Basic dXNlcjpwYXNz\nX-FEServer: MBX01\n"
)
UNKNOWN = (
    "Contoso.StrangeException: jan@contoso.com has password=hunter2 "
    "and S-1-5-21-1671710892-3805255249-3875359145-102309"
)
WORDS = (
    "someone@",
    "jan@",
    "Jan Jansen",
    "1671710892",
    "u5er",
    "pa55",
    "t0ken",
    "hunter2",
    "c00kie",
    "dXNlcjpwYXNz",
    "svc-exchange",
)


@pytest.mark.parametrize("text", [ENTRY, ANSWER, UNKNOWN], ids=["event", "answer", "unknown"])
def test_no_rendering_repeats_a_secret(text: str) -> None:
    found = explain(text)
    out = (
        render_text(found)
        + render_text(found, verbose=True)
        + msgspec.json.encode(to_document(found)).decode()
    )
    assert not [word for word in WORDS if word in out]


def test_addresses_are_shown_when_asked_for() -> None:
    found = explain(ENTRY)
    assert "jan@contoso.com" in render_text(found, redact=False, verbose=True)
    document = msgspec.to_builtins(to_document(found, redact=False))
    assert document["entries"][0]["parts"]["mailboxes"] == ("jan@contoso.com",)


def test_commands_never_carry_a_secret() -> None:
    """Even unredacted: a command is pasted into shells that keep a history."""
    (found,) = explain(ENTRY)
    assert [step.command for step in found.next_steps if step.shell == "probe"] == [
        "probe check https://mail.contoso.com/ews/exchange.asmx/WSSecurity",
        "probe check contoso.com",
    ]


HOSTILE = [
    "https://mail.contoso.com/ews/$(touch x)/a",
    "https://mail.contoso.com/ews/`touch`;rm -rf ~/'\"|&<>%a%",
    "https://$(touch)/ews",
    "https://mail.contoso.com:99999999/ews",
    "https://[::1/ews",
]


@pytest.mark.parametrize("url", HOSTILE)
def test_a_hostile_url_gives_a_harmless_command(url: str) -> None:
    text = (
        f"ProxyWebRequest FederatedCrossForest from x to {url} failed. Caller SIDs: . "
        "The exception returned is System.Exception: x"
    )
    for found in explain(text):
        for step in found.next_steps:
            if step.shell == "probe":
                assert not set(step.command) & set("$`;|&<>'\"(){}\\*\n")


def test_control_characters_do_not_get_out() -> None:
    text = "Contoso.StrangeException: \x1b[31mred\x07 \u202eevil"
    out = render_text(explain(text), redact=False) + render_text(explain(text), redact=False, verbose=True)
    assert not [character for character in out if character != "\n" and not character.isprintable()]
