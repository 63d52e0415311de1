"""Messages of .NET Framework (System, System.Web.Services) and Winsock in other languages, as English ones.

Each row holds the words of one language for one message, as public sources quote them [exchange 10.7]:
Microsoft's localized documentation (Azure Data Factory, AzCopy and Data Box, SQL Server Scale Out, Intune connector, SharePoint,
Visual Studio, WCF; marked D) and log texts and string comparisons in public repositories (marked R). Blanks
may be any white space, since consoles break lines and machine translation splits words. No row is invented:
a language without a public quote has none, and is read by what no language changes.
"""

from __future__ import annotations

import re

from probe.explain.languages.connection_messages import CONNECTION_MESSAGES
from probe.explain.languages.wordings import (
    CERTIFICATE,
    CHANNEL,
    CONNECT,
    NO_COMMON_ALGORITHM,
    REFUSED,
    RESOLVE,
    SILENT,
    TRUST,
    UNKNOWN_HOST,
)

_BEFORE_THE_REQUEST: tuple[tuple[str, str, str, str], ...] = (
    # language, English message, words in that language (a regular expression), source
    (
        "de",
        TRUST,
        r"Für den (?:geschützten|sicheren) SSL/TLS-Kanal konnte keine Vertrauensstellung hergestellt werden",
        "D, R",
    ),
    ("fr", TRUST, r"Impossible d.établir une relation de confiance pour le canal sécurisé SSL/TLS", "D, R"),
    (
        "es",
        TRUST,
        r"No se (?:puede|ha podido) establecer (?:una|la) relación de confianza para el canal seguro SSL/TLS",
        "D",
    ),
    ("it", TRUST, r"Impossibile stabilire una relazione di trust per il canale sicuro SSL/TLS", "D, R"),
    (
        "nl",
        TRUST,
        r"Kan geen vertrouwens ?relatie (?:tot stand brengen )?voor het beveiligde SSL/TLS-kanaal",
        "D",
    ),
    (
        "pt",
        TRUST,
        r"Não foi possível estabelecer relação de confiança para o canal seguro de SSL/TLS",
        "D, R",
    ),
    ("pl", TRUST, r"Nie można ustanowić relacji zaufania dla bezpiecznego kanału SSL/TLS", "D"),
    ("cs", TRUST, r"Nelze (?:navázat|vytvořit) vztah důvěryhodnosti pro zabezpečený kanál SSL/TLS", "D"),
    (
        "sv",
        TRUST,
        r"Det gick inte att upprätta (?:en )?förtroende ?relation(?:en)? för den säkra SSL/TLS-kanalen",
        "D",
    ),
    (
        "ru",
        TRUST,
        r"Не (?:удается|удалось) установить (?:отношение доверия|доверительные отношения) для (?:безопасного|защищенного) канала SSL/TLS",
        "D",
    ),
    (
        "ja",
        TRUST,
        r"SSL/TLS のセキュリティで保護されているチャネルに対する信頼関係を確立できませんでした",
        "D, R",
    ),
    ("zh-CN", TRUST, r"未能为 SSL/TLS 安全通道建立信任关系", "R"),
    ("zh-TW", TRUST, r"無法(?:為 SSL/TLS 安全通道建立信任關係|建立 SSL/TLS 安全通道的信任關係)", "D"),
    (
        "ko",
        TRUST,
        r"SSL/TLS 보안 채널에 대 ?(?:한|해) (?:트러스트|신뢰) 관계를 설정(?: ?하지 못했습니다|할 수 없습니다)",
        "D",
    ),
    ("tr", TRUST, r"SSL/TLS güvenli kanalı için (?:bir )?güven ilişkisi kurulamadı", "D"),
    (
        "hu",
        TRUST,
        r"(?:Nem (?:sikerült|lehetett)|Nem hozható létre) (?:a )?(?:létrehozni )?(?:a )?megbízhatósági kapcsolat(?:ot)?"
        r" (?:létesíteni )?az SSL/TLS biztonságos csatorn(?:a|ához)(?: számára)?",
        "D",
    ),
    ("de", CERTIFICATE, r"Das Remotezertifikat ist (?:laut|gemäß) Validierungsverfahren ungültig", "R"),
    ("fr", CERTIFICATE, r"Le certificat distant n.est pas valide selon la procédure de validation", "R"),
    ("es", CERTIFICATE, r"El certificado remoto no es válido según el procedimiento de validación", "D, R"),
    (
        "it",
        CERTIFICATE,
        r"Il certificato remoto non è stato ritenuto valido dalla procedura di convalida",
        "D",
    ),
    ("nl", CERTIFICATE, r"Het externe certificaat is ongeldig volgens de validatie ?procedure", "D"),
    ("pt", CERTIFICATE, r"O certificado remoto é inválido,? de acordo com o procedimento de validação", "D"),
    (
        "pl",
        CERTIFICATE,
        r"Certyfikat zdalny jest nieprawidłowy zgodnie z procedurą (?:walidacji|sprawdzania poprawności)",
        "D",
    ),
    (
        "cs",
        CERTIFICATE,
        r"Vzdálený certifikát (?:není platný podle|je neplatný podle|je podle) (?:procedury ověřování|postupu ověření|ověřovací procedury)(?: neplatný)?",
        "D",
    ),
    ("sv", CERTIFICATE, r"Fjärrcertifikatet är ogiltigt enligt validerings ?proceduren", "D"),
    (
        "ru",
        CERTIFICATE,
        r"Удаленный сертификат недействителен (?:согласно результатам проверки подлинности|в соответствии с процедурой проверки)",
        "D, R",
    ),
    ("ja", CERTIFICATE, r"検証プロシージャによると、リモート証明書は無効です", "D"),
    ("zh-CN", CERTIFICATE, r"根据验证过程，远程证书无效", "D, R"),
    ("zh-TW", CERTIFICATE, r"根據驗證程序[，,]遠端憑證是無效的", "D, R"),
    ("ko", CERTIFICATE, r"유효성 검사 절차에 따르면 원격 인증서가 잘못되었습니다", "D"),
    ("tr", CERTIFICATE, r"Doğrulama yordamına göre uzak sertifika geçersiz", "D"),
    ("de", CHANNEL, r"Es konnte kein geschützter SSL/TLS-Kanal erstellt werden", "D, R"),
    ("fr", CHANNEL, r"Impossible de créer un canal sécurisé SSL/TLS", "D, R"),
    ("es", CHANNEL, r"No se puede crear un canal seguro SSL/TLS", "D, R"),
    ("it", CHANNEL, r"Impossibile creare un canale sicuro SSL/TLS", "D, R"),
    ("nl", CHANNEL, r"Kan geen beveiligd SSL/TLS-kanaal maken", "D"),
    ("pt", CHANNEL, r"Não foi possível criar um canal seguro para SSL/TLS", "R"),
    ("pl", CHANNEL, r"Nie można utworzyć bezpiecznego kanału SSL/TLS", "D, R"),
    ("cs", CHANNEL, r"Nelze vytvořit zabezpečený kanál SSL/TLS", "D"),
    ("sv", CHANNEL, r"(?:Det gick|Gick) inte att skapa en säker SSL/TLS-kanal", "D"),
    (
        "hu",
        CHANNEL,
        r"(?:Nem hozható létre SSL/TLS biztonságos csatorna|SSL/TLS biztonságos csatorna nem hozható létre)",
        "D",
    ),
    ("ru", CHANNEL, r"Не удалось создать защищенный канал SSL/TLS", "D, R"),
    ("ja", CHANNEL, r"SSL/TLS のセキュリティで保護されているチャネルを作成できませんでした", "D, R"),
    ("zh-CN", CHANNEL, r"未能创建 SSL/TLS 安全通道", "R"),
    ("zh-TW", CHANNEL, r"無法建立 SSL/TLS 的安全通道", "D, R"),
    ("ko", CHANNEL, r"SSL/TLS 보안 채널을 만들 수 없습니다", "D, R"),
    ("tr", CHANNEL, r"SSL/TLS güvenli kanalı oluşturulamadı", "D, R"),
    ("de", RESOLVE, r"Der Remotename konnte nicht aufgelöst werden", "D, R"),
    ("fr", RESOLVE, r"Le nom distant n.a pas pu être résolu", "D, R"),
    ("es", RESOLVE, r"No se puede resolver el nombre remoto", "D, R"),
    ("it", RESOLVE, r"Impossibile risolvere il nome remoto", "D, R"),
    ("nl", RESOLVE, r"De externe naam kan niet worden omgezet", "D"),
    ("pt", RESOLVE, r"O nome remoto não pôde ser resolvido", "D, R"),
    ("pl", RESOLVE, r"Nie można rozpoznać nazwy zdalnej", "D"),
    ("cs", RESOLVE, r"Vzdálený název nelze (?:rozpoznat|přeložit)", "D"),
    ("sv", RESOLVE, r"Det gick inte att matcha fjärrnamnet", "D, R"),
    ("hu", RESOLVE, r"A távoli név nem oldható fel", "D, R"),
    ("ru", RESOLVE, r"Невозможно разрешить удаленное имя", "D, R"),
    ("ja", RESOLVE, r"リモート名を解決できませんでした", "D, R"),
    ("zh-CN", RESOLVE, r"未能解析此远程名称", "R"),
    ("zh-TW", RESOLVE, r"無法解析遠端名稱", "D, R"),
    ("ko", RESOLVE, r"원격 이름을 확인할 수 없습니다", "D"),
    ("tr", RESOLVE, r"Uzak ad çözülemedi", "D, R"),
    ("de", UNKNOWN_HOST, r"Der angegebene Host ist unbekannt", "R"),
    ("fr", UNKNOWN_HOST, r"Hôte inconnu", "R"),
    ("es", UNKNOWN_HOST, r"Host desconocido", "D"),
    ("pt", UNKNOWN_HOST, r"Este host não é conhecido", "D, R"),
    ("ru", UNKNOWN_HOST, r"Этот хост неизвестен", "R"),
    ("ja", UNKNOWN_HOST, r"そのようなホストは不明です", "D, R"),
    ("zh-CN", UNKNOWN_HOST, r"不知道这样的主机", "D, R"),
    ("zh-TW", UNKNOWN_HOST, r"無法識別這台主機", "R"),
    ("ko", UNKNOWN_HOST, r"알려진 호스트가 없습니다", "R"),
    (
        "de",
        NO_COMMON_ALGORITHM,
        r"Client und Server können nicht kommunizieren, da sie keinen gemeinsamen Algorithmus besitzen",
        "R",
    ),
    (
        "zh-CN",
        NO_COMMON_ALGORITHM,
        r"客户端和服务器无法通信[，,] ?因为(?:没有|它们不具有)通用算法",
        "D",
    ),
    ("de", CONNECT, r"Die Verbindung mit dem Remoteserver kann nicht hergestellt werden", "D, R"),
    ("fr", CONNECT, r"Impossible de se connecter au serveur distant", "D, R"),
    ("es", CONNECT, r"No es posible conectar con el servidor remoto", "R"),
    ("it", CONNECT, r"Impossibile effettuare la connessione al server remoto", "D, R"),
    ("nl", CONNECT, r"Kan geen verbinding met de externe server maken", "R"),
    ("pt", CONNECT, r"Impossível conectar-se ao servidor remoto", "D, R"),
    ("pl", CONNECT, r"Nie można połączyć się z serwerem zdalnym", "D, R"),
    (
        "cs",
        CONNECT,
        r"(?:Nelze se připojit ke vzdálenému serveru|Ke vzdálenému serveru se nelze připojit)",
        "D",
    ),
    ("sv", CONNECT, r"Det (?:går|gick) inte att ansluta till fjärrservern", "D, R"),
    ("hu", CONNECT, r"Nem lehet csatlakozni a távoli kiszolgálóhoz", "D, R"),
    ("zh-TW", CONNECT, r"無法連接至遠端伺服器", "D, R"),
    ("ru", CONNECT, r"Невозможно соединиться с удаленным сервером", "R"),
    ("ja", CONNECT, r"リモート サーバーに接続できません", "D, R"),
    ("zh-CN", CONNECT, r"无法连接到远程服务器", "R"),
    ("ko", CONNECT, r"원격 서버에 연결할 수 없습니다", "R"),
    ("tr", CONNECT, r"Uzak sunucuya bağlanılamıyor", "D, R"),
    ("de", REFUSED, r"da der Zielcomputer die Verbindung verweigerte", "R"),
    ("fr", REFUSED, r"l.ordinateur cible l.a expressément refusée", "D, R"),
    ("es", REFUSED, r"el equipo de destino denegó expresamente dicha conexión", "R"),
    ("it", REFUSED, r"Rifiuto persistente del computer di destinazione", "D, R"),
    ("pt", REFUSED, r"a máquina de destino as recusou ativamente", "R"),
    ("ru", REFUSED, r"конечный компьютер отверг запрос на подключение", "R"),
    ("zh-CN", REFUSED, r"由于目标计算机积极拒绝", "R"),
    ("ja", REFUSED, r"対象のコンピューターによって拒否されたため", "D, R"),
    ("ko", REFUSED, r"대상 컴퓨터에서 연결을 거부했으므로", "D, R"),
    ("cs", REFUSED, r"cílový počítač (?:je |může nevytváří )?(?:je )?aktivně odmítl", "D, R"),
    ("sv", REFUSED, r"eftersom mål ?datorn aktivt nekade de[tn]", "D, R"),
    ("hu", REFUSED, r"a célszámítógép már visszautasította a kapcsolatot", "R"),
    ("zh-TW", REFUSED, r"因為目標電腦拒絕連線", "R"),
    ("pl", REFUSED, r"komputer docelowy aktywnie go odmawia", "R"),
    ("nl", REFUSED, r"de doelcomputer de verbinding actief heeft geweigerd", "R"),
    ("tr", REFUSED, r"hedef makine etkin olarak reddettiğinden", "D, R"),
    (
        "de",
        SILENT,
        r"die Gegenstelle nach einer bestimmten Zeitspanne nicht (?:richtig|ordnungsgemäß) reagiert hat",
        "D, R",
    ),
    ("fr", SILENT, r"le parti connecté n.a pas répondu convenablement au-delà d.une certaine durée", "R"),
    ("es", SILENT, r"la parte conectada no respondió adecuadamente tras un periodo de tiempo", "D, R"),
    ("it", SILENT, r"Risposta non corretta della parte connessa dopo (?:l.|un )intervallo di tempo", "D, R"),
    ("pt", SILENT, r"o componente conectado não respondeu corretamente após um período de tempo", "R"),
    ("pl", SILENT, r"połączona strona nie odpowiedziała poprawnie po ustalonym okresie czasu", "R"),
    ("ru", SILENT, r"от другого компьютера за требуемое время не получен нужный отклик", "D, R"),
    ("ja", SILENT, r"接続済みの呼び出し先が一定の時間を過ぎても正しく応答しなかった", "D, R"),
    ("ko", SILENT, r"연결된 구성원으로부터 응답이 없어 연결하지 못했거나", "D, R"),
    ("zh-CN", SILENT, r"由于连接方在一段时间后没有正确答复", "R"),
    ("zh-TW", SILENT, r"因為連線對象有一段時間並未正確回應", "D, R"),
)
MESSAGES = (*_BEFORE_THE_REQUEST, *CONNECTION_MESSAGES)


def _compiled(words: str) -> re.Pattern[str]:
    return re.compile(words.replace(" ?", r"\s?").replace(" ", r"\s{1,8}"), re.IGNORECASE)


def _longest_word(words: str) -> str:
    """A word that every text with these words has: cheap to look for before the expression is tried."""
    outside = re.sub(r"\((?:[^()]|\([^()]*\))*\)\??", " ", words)
    return max(re.split(r"[ .?,]|\[[^]]*\]", outside), key=len).lower()


_PATTERNS = tuple((english, _longest_word(words), _compiled(words)) for _, english, words, _ in MESSAGES)


def count_messages(text: str) -> int:
    """How many messages of the table `text` has."""
    lowered = text.lower()
    return sum(word in lowered and bool(pattern.search(text)) for _, word, pattern in _PATTERNS)


def english_messages(text: str) -> str:
    """`text` with every localized message that the table has replaced by the English one."""
    lowered = text.lower()
    for english, word, pattern in _PATTERNS:
        if word in lowered:
            text = pattern.sub(english, text)
    return text
