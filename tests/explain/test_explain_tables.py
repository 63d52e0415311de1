"""Results and events as PowerShell prints them: cut tables, broken words, events; old code pages."""

from __future__ import annotations

import pytest

from probe.explain.explainer import explain
from probe.explain.languages.code_pages import decoded_by_words

WEB = "System.Net.WebException: "
REFUSED = " ---> System.Security.Authentication.AuthenticationException: "


def names(text: str) -> list[str]:
    return [found.knowledge.name for found in explain(text) if found.knowledge]


def test_rows_of_a_table_that_cut_their_names_are_results() -> None:
    table = (
        "Id                                  Status Description\n"
        "--                                  ------ -----------\n"
        "ApplicationUrisDiffer               Error  The TargetApplicationUri of the remote organiza...\n"
        "VerificationOfRemoteOrganization... Error  There were errors while verifying the remote...\n"
    )
    assert names(table) == ["application-uri-differs", "remote-not-verified"]


def test_a_cut_name_of_several_results_is_none_of_them() -> None:
    assert names("Application...  Error  The value of the remote organization differs.\n") == []


def test_a_name_that_a_narrow_window_broke_is_put_together() -> None:
    assert names(
        "Id          : AutodiscoverUrls\n              Differ\nStatus      : Error\n"
        "Description : The URLs differ.\n"
    ) == ["autodiscover-url-differs"]


def test_events_in_a_table_are_of_the_provider_above() -> None:
    (found,) = explain(
        "   ProviderName: Schannel\n\nTimeCreated                     Id LevelDisplayName Message\n"
        "-----------                     -- ---------------- -------\n"
        "12.03.2024 09:14:22          36887 Fehler           Die schwerwiegende Warnung hat folgenden für "
        "das TLS-Protokoll definierten Code: 40.\n"
    )
    assert (found.parts.event_id, found.parts.event_source) == (36887, "Schannel")
    assert found.knowledge is not None
    assert found.knowledge.name == "schannel-no-common"


@pytest.mark.parametrize(
    ("attempt", "cause"),
    [
        pytest.param(
            "The request failed with HTTP status 401: Unauthorized.", "pre-authentication", id="401"
        ),
        pytest.param("The remote server returned an error: (502) Bad Gateway.", "outbound-proxy", id="502"),
    ],
)
def test_the_status_of_an_attempt_names_its_cause(attempt: str, cause: str) -> None:
    (found,) = explain(
        f"Type=Failure;Url=https://autodiscover.partner.test/autodiscover/autodiscover.svc;Exception={attempt};\n"
        "Federation information could not be received from the external organization."
    )
    assert found.causes[0].cause.name == cause


def test_a_timestamp_that_is_refused_is_a_clock() -> None:
    (found,) = explain(
        "An error occurred when verifying security for the message. The security timestamp is stale because "
        "its expiration time is in the past."
    )
    assert found.causes[0].cause.name == "clock-skew"


@pytest.mark.parametrize(
    ("page", "text"),
    [
        pytest.param(
            "cp1251",
            WEB + "Базовое соединение закрыто: Не удалось установить доверительные отношения для защищенного "
            "канала SSL/TLS.",
            id="ru",
        ),
        pytest.param("cp936", WEB + "基础连接已经关闭: 未能为 SSL/TLS 安全通道建立信任关系。", id="zh-cn"),
        pytest.param(
            "cp949",
            WEB + "기본 연결이 닫혔습니다. SSL/TLS 보안 채널에 대한 트러스트 관계를 설정할 수 없습니다.",
            id="ko",
        ),
        pytest.param(
            "cp932",
            WEB + "接続が切断されました: SSL/TLS のセキュリティで保護されているチャネルに対する信頼関係を"
            "確立できませんでした。",
            id="ja",
        ),
        pytest.param(
            "cp1250",
            WEB
            + "Základní připojení bylo uzavřeno: Nelze navázat vztah důvěryhodnosti pro zabezpečený kanál "
            "SSL/TLS.",
            id="cs",
        ),
        pytest.param(
            "cp1252",
            WEB + "Für den geschützten SSL/TLS-Kanal konnte keine Vertrauensstellung hergestellt werden.",
            id="de",
        ),
    ],
)
def test_a_file_of_another_machine_is_read_in_its_code_page(page: str, text: str) -> None:
    data = text.encode(page)
    assert decoded_by_words(data, "cp1252") == text
    assert names(data.decode("cp1252", "replace")) in ([], ["trust-failure"]), (
        "lost letters say nothing wrong"
    )
    assert names(text) == ["trust-failure"]


def test_lost_letters_around_a_refused_certificate_are_no_failed_handshake() -> None:
    assert names(WEB + "???????? SSL/TLS???" + REFUSED + "????") == ["trust-failure"]
