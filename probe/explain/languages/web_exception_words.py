"""Which of its few messages a WebException of .NET Framework has, by the words that they must have.

The table (`messages`) has the exact words that are quoted; machine-translated pages, other versions of a
language pack and languages without a quote have others. A WebException without an HTTP status has one of a
dozen messages (`net_webstatus_*`), so that one word of the matter tells them apart: SSL/TLS with or without
trust, sending, receiving, keeping alive, unexpected, time, connecting [exchange 10.11].
"""

from __future__ import annotations

import re

from probe.explain.languages import wordings

_LONGEST = 400
"""Characters of a message that are looked at: the longest of them has 200."""

_QUOTED_HOST = re.compile(r"['\"«„“‚‹「『][\w-]{1,63}(?:\.[\w-]{1,63}){1,10}['\"»“”›」』]")
_FILE = re.compile(r"\.(?:config|dll|exe|ps1|psm1|xml|html?|asmx|svc|txt|log)\W?$", re.IGNORECASE)
_PROXY = re.compile(r"proxy|прокси|プロキシ|代理|프록시|pełnomocnik|mandataire", re.IGNORECASE)
_CHANNEL = re.compile(r"SSL/TLS", re.IGNORECASE)
_TRUST = re.compile(
    r"trust|vertrauen|confian|approbation|fiducia|vertrouwen|zaufani|důvěr|förtro|tillid|tillit|luott|megbízhat"
    r"|bizalm|довер|довір|信頼|信任|信賴|트러스트|신뢰|güven ili|încredere|εμπιστοσύν",
    re.IGNORECASE,
)
# A text whose letters were lost by a wrong code page has "SSL/TLS" left and says nothing by it.
_SECURE = re.compile(
    r"sicher|geschützt|sécuris|segur|sicuro|beveilig|bezpieczn|zabezpeč|säker|sikker|suojat|biztonság|защищ|безопасн"
    r"|セキュリティ|安全|보안|güvenli|securizat",
    re.IGNORECASE,
)
_KEPT_ALIVE = (
    r"aufrechterhal|maintenue active|mantuviera activa|mantener activa|restare attiva|mantenuta attiva"
    r"|actief (?:blijven|gehouden|moest)|permanecer ativa|mantida ativa|miało być aktywne|utrzymywan|udržov"
    r"|zachován"
    r"|hållas (?:aktiv|vid liv)|vara (?:aktiv|vid liv)|holdes i live|должно было|維持|保持|유지|etkin tutul"
    r"|etkin kalması|aktívan tart|életben"
)
_SEND = (
    r"beim senden|\benvoi|envío|\benvio|\benviar|invio|verzend|wysyłan|odes[ií]l|odeslán|att skicka|en skicka"
    r"|sändning|afsend|under sending|lähet|передач|отправк|送信|发送|傳送|보내|전송|gönder|küld"
)
_RECEIVE = (
    r"beim empfang|\brécept|recepción|\brecibir|ricezione|ontvang|recebimento|\breceber|recepção|odbior"
    r"|odbier"
    r"|\bpříj|mottag|modtag|vastaanot|при[её]м|получени|受信|接收|받기|받는|수신|fogad|alma sırasında|alırken"
)
_TIME = (
    r"time-?out|zeitlimit|zeitüberschreitung|délai d.attente|tiempo de espera|tempo limite|tempo scaduto"
    r"|limitu? czasu|časový limit|tidsgräns|tidsfrist|tidsavbrudd|aikakatk|время ожидания|タイムアウト|超时"
    r"|逾時"
    r"|시간(?:이)?\s{0,2}초과|zaman aşım|időkorlát|időtúllép"
)
_CONNECT = (
    r"remoteserver kann nicht|se connecter|conectar(?:-se)? (?:con|ao|a)\b|effettuare la connessione"
    r"|geen verbinding|połączyć się|připojit|ansluta till|forbindelse til|koble til|yhteyttä ei|соединиться"
    r"|подключиться|接続できま|无法连接|無法連[接線]|연결할 수 없|bağlanıl|csatlakozni"
)
_CANCELLED = (
    r"abgebrochen|annulé|cancelad|annullat|geannuleerd|anulowan|zrušen|avbröts|annullere|отмен|キャンセル|取消|취소"
    r"|iptal edil|megszakít"
)
_UNEXPECTED = (
    r"unerwartet|inattendue|inopiné|inesperad|imprevist|onverwacht|nieoczekiwan|neočekávan|oväntat|uventet"
    r"|odottamat|неожиданн|непредвиденн|予期|意外|예기치|beklenmedik|beklenmeyen|váratlan"
)
_BY_WORD: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(words, re.IGNORECASE), english)
    for words, english in (
        (_KEPT_ALIVE, wordings.KEPT_ALIVE),
        (_SEND, wordings.SEND),
        (_RECEIVE, wordings.RECEIVE),
        (_TIME, wordings.TIMED_OUT),
        (_CONNECT, wordings.CONNECT),
        (_UNEXPECTED, wordings.CLOSED),
        (_CANCELLED, wordings.CANCELLED),
    )
)


def english_by_words(message: str) -> str | None:
    """The English message of a WebException whose message is `message` in another language, or None."""
    words = message[:_LONGEST]
    if not words or is_english(words):
        return None
    if _CHANNEL.search(words):
        if _TRUST.search(words):
            return wordings.TRUST
        return wordings.CHANNEL if _SECURE.search(words) else None
    quoted = _QUOTED_HOST.search(words)
    if quoted and not _FILE.search(quoted.group()):
        return wordings.RESOLVE_PROXY if _PROXY.search(words) else wordings.RESOLVE
    return next((english for pattern, english in _BY_WORD if pattern.search(words)), None)


def has_no_common_algorithm(message: str) -> bool:
    """Whether a Win32Exception's message in any language is that of SEC_E_ALGORITHM_MISMATCH: the only one
    that names client and algorithm."""
    return bool(_ALGORITHM.search(message) and _CLIENT.search(message))


_ALGORITHM = re.compile(r"algorit|algorytm|алгоритм|アルゴリズム|算法|演算法|알고리즘", re.IGNORECASE)
_CLIENT = re.compile(
    r"client|klient|клиент|クライアント|客户端|用戶端|클라이언트|istemci|ügyfél|asiakas", re.IGNORECASE
)
_ENGLISH = re.compile(r"\b(?:the|was|not|an|could|has|request|server|connection|failed)\b", re.IGNORECASE)


def is_english(message: str) -> bool:
    """Whether `message` is English: an English message that the catalogue lacks must not be guessed."""
    return message.isascii() and len(set(map(str.lower, _ENGLISH.findall(message)))) > 1
