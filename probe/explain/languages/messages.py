"""Messages of .NET Framework (System, System.Web.Services) and Winsock in other languages, as English ones.

Each row holds the words of one language for one message, as public sources quote them [exchange 10.7]:
Microsoft's localized documentation (Azure Data Factory, AzCopy and Data Box, SQL Server Scale Out, Intune connector, SharePoint,
Visual Studio, WCF; marked D) and log texts and string comparisons in public repositories (marked R). Blanks
may be any white space, since consoles break lines and machine translation splits words. No row is invented:
a language without a public quote has none, and is read by what no language changes.
"""

from __future__ import annotations

import re

TRUST = "Could not establish trust relationship for the SSL/TLS secure channel"
CERTIFICATE = "The remote certificate is invalid according to the validation procedure"
CHANNEL = "Could not create SSL/TLS secure channel"
SEND = "An unexpected error occurred on a send"
RECEIVE = "An unexpected error occurred on a receive"
CLOSED = "The connection was closed unexpectedly"
KEPT_ALIVE = "A connection that was expected to be kept alive was closed by the server"
RESOLVE = "The remote name could not be resolved"
CONNECT = "Unable to connect to the remote server"
REFUSED = "No connection could be made because the target machine actively refused it"
SILENT = "did not properly respond after a period of time"
RESET = "An existing connection was forcibly closed by the remote host"
TIMED_OUT = "The operation has timed out"
RETURNED = "The remote server returned an error"

MESSAGES: tuple[tuple[str, str, str, str], ...] = (
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
    ("ru", CHANNEL, r"Не удалось создать защищенный канал SSL/TLS", "D, R"),
    ("ja", CHANNEL, r"SSL/TLS のセキュリティで保護されているチャネルを作成できませんでした", "D, R"),
    ("zh-CN", CHANNEL, r"未能创建 SSL/TLS 安全通道", "R"),
    ("zh-TW", CHANNEL, r"無法建立 SSL/TLS 的安全通道", "D, R"),
    ("ko", CHANNEL, r"SSL/TLS 보안 채널을 만들 수 없습니다", "D, R"),
    ("tr", CHANNEL, r"SSL/TLS güvenli kanalı oluşturulamadı", "D, R"),
    ("de", SEND, r"Unerwarteter Fehler beim Senden", "R"),
    ("fr", SEND, r"Une erreur inattendue s.est produite lors (?:de l.|d.un )envoi", "D, R"),
    ("es", SEND, r"Error inesperado de envío", "R"),
    ("it", SEND, r"Errore imprevisto durante un.operazione di invio", "R"),
    ("nl", SEND, r"Er is een onverwachte fout opgetreden bij (?:een|het) verzenden", "D, R"),
    ("pt", SEND, r"(?:Ocorreu um )?erro inesperado em um envio", "D"),
    ("pl", SEND, r"Wystąpił nieoczekiwany błąd podczas wysyłania", "D"),
    ("cs", SEND, r"Při odes(?:ílání|lání) došlo k neočekávané chybě", "D"),
    (
        "sv",
        SEND,
        r"Ett oväntat fel (?:uppstod|inträffade) (?:på|vid) (?:en |ett )?(?:skicka|sändning)(?:-meddelande)?",
        "D, R",
    ),
    ("da", SEND, r"Der opstod en uventet fejl (?:under|ved|i) en (?:afsendelse|Send)", "D"),
    ("nb", SEND, r"Det oppstod en uventet feil (?:under|ved) sending(?:en)?", "D"),
    ("fi", SEND, r"Lähety(?:stä käsiteltäessä|ksen yhteydessä) tapahtui odottamaton virhe", "D"),
    ("ru", SEND, r"Непредвиденная ошибка при передаче", "D, R"),
    ("ja", SEND, r"送信時に、予期しないエラーが発生しました", "D, R"),
    ("zh-CN", SEND, r"发送时发生错误", "R"),
    ("zh-TW", SEND, r"傳送(?:時)?發生(?:未預期|意外)的錯誤", "D, R"),
    ("ko", SEND, r"보내기에서 예기치 않은 오류가 발생했습니다", "R"),
    ("de", RECEIVE, r"Unerwarteter Fehler beim Empfangen", "D"),
    ("es", RECEIVE, r"Error inesperado de recepción", "D, R"),
    ("pt", RECEIVE, r"Erro inesperado em um recebimento", "R"),
    ("ru", RECEIVE, r"Непредвиденная ошибка при приеме", "R"),
    ("ja", RECEIVE, r"受信時に予期しないエラーが発生しました", "D, R"),
    ("zh-CN", RECEIVE, r"接收时发生错误", "R"),
    ("zh-TW", RECEIVE, r"接收時發生未預期的錯誤", "R"),
    ("de", CLOSED, r"Die Verbindung wurde unerwartet getrennt", "R"),
    ("fr", CLOSED, r"La connexion a été interrompue de manière inattendue", "R"),
    ("it", CLOSED, r"connessione sottostante chiusa in modo imprevisto", "D"),
    ("pt", CLOSED, r"A conexão foi fechada de modo inesperado", "R"),
    ("ru", CLOSED, r"Соединение было неожиданно закрыто", "R"),
    ("zh-CN", CLOSED, r"连接被意外关闭", "R"),
    ("ko", CLOSED, r"예기치 않게 연결이 닫혔습니다", "R"),
    ("fr", KEPT_ALIVE, r"une connexion qui devait être maintenue active a été fermée par le serveur", "D"),
    (
        "es",
        KEPT_ALIVE,
        r"una conexión que se esperaba que se mantuviera activa fue cerrada por el servidor",
        "D",
    ),
    ("it", KEPT_ALIVE, r"una connessione che doveva restare attiva è stata chiusa dal server", "D"),
    ("pt", KEPT_ALIVE, r"Uma conexão que deveria permanecer ativa foi fechada pelo servidor", "D"),
    ("pl", KEPT_ALIVE, r"połączenie, które miało być aktywne,? zostało zamknięte przez serwer", "D"),
    (
        "sv",
        KEPT_ALIVE,
        r"en anslutning som förväntades (?:hållas|vara) (?:aktiv|vid liv) stängdes av servern",
        "D",
    ),
    ("ru", KEPT_ALIVE, r"Соединение, которое должно было работать, было разорвано сервером", "D"),
    ("ko", KEPT_ALIVE, r"활성 상태로 유지될 것으로 예상된 연결이 서버에서 닫혔습니다", "D"),
    ("de", RESOLVE, r"Der Remotename konnte nicht aufgelöst werden", "D, R"),
    ("fr", RESOLVE, r"Le nom distant n.a pas pu être résolu", "D, R"),
    ("es", RESOLVE, r"No se puede resolver el nombre remoto", "D, R"),
    ("it", RESOLVE, r"Impossibile risolvere il nome remoto", "D, R"),
    ("nl", RESOLVE, r"De externe naam kan niet worden omgezet", "D"),
    ("pt", RESOLVE, r"O nome remoto não pôde ser resolvido", "D, R"),
    ("pl", RESOLVE, r"Nie można rozpoznać nazwy zdalnej", "D"),
    ("cs", RESOLVE, r"Vzdálený název nelze (?:rozpoznat|přeložit)", "D"),
    ("sv", RESOLVE, r"Det gick inte att matcha fjärrnamnet", "D, R"),
    ("ru", RESOLVE, r"Невозможно разрешить удаленное имя", "D, R"),
    ("ja", RESOLVE, r"リモート名を解決できませんでした", "D, R"),
    ("zh-CN", RESOLVE, r"未能解析此远程名称", "R"),
    ("zh-TW", RESOLVE, r"無法解析遠端名稱", "D, R"),
    ("ko", RESOLVE, r"원격 이름을 확인할 수 없습니다", "D"),
    ("tr", RESOLVE, r"Uzak ad çözülemedi", "D, R"),
    ("de", CONNECT, r"Die Verbindung mit dem Remoteserver kann nicht hergestellt werden", "D, R"),
    ("fr", CONNECT, r"Impossible de se connecter au serveur distant", "D, R"),
    ("es", CONNECT, r"No es posible conectar con el servidor remoto", "R"),
    ("it", CONNECT, r"Impossibile effettuare la connessione al server remoto", "D, R"),
    ("nl", CONNECT, r"Kan geen verbinding met de externe server maken", "R"),
    ("pt", CONNECT, r"Impossível conectar-se ao servidor remoto", "D, R"),
    ("pl", CONNECT, r"Nie można połączyć się z serwerem zdalnym", "D, R"),
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
    ("de", RESET, r"Eine vorhandene Verbindung wurde vom Remotehost geschlossen", "R"),
    ("fr", RESET, r"Une connexion existante a dû être fermée par l.hôte distant", "D, R"),
    ("es", RESET, r"Se ha forzado la interrupción de una conexión existente por el host remoto", "R"),
    ("it", RESET, r"Connessione in corso interrotta forzatamente dall.host remoto", "D, R"),
    ("pt", RESET, r"Foi forçado o cancelamento de uma conexão existente pelo host remoto", "R"),
    ("ru", RESET, r"Удаленный хост принудительно разорвал существующее подключение", "R"),
    ("ja", RESET, r"既存の接続はリモート ホストに強制的に切断されました", "D, R"),
    ("zh-CN", RESET, r"远程主机强迫关闭了一个现有的连接", "R"),
    ("ko", RESET, r"연결(?:은|이) 원격 호스트에 의해 강제로 끊겼습니다", "D, R"),
    ("zh-TW", RESET, r"遠端主機已強制關閉一個現存的連線", "R"),
    ("pl", RESET, r"Istniejące połączenie zostało gwałtownie zamknięte przez zdalnego hosta", "R"),
    ("tr", RESET, r"bir bağlantı uzak(?:taki bir)? ana bilgisayar tarafından zorla kapatıldı", "D, R"),
    ("de", TIMED_OUT, r"Timeout für Vorgang überschritten", "D, R"),
    ("fr", TIMED_OUT, r"Le délai d.attente de l.opération a expiré", "R"),
    ("es", TIMED_OUT, r"Se excedió el tiempo de espera de la operación", "R"),
    ("ru", TIMED_OUT, r"Время ожидания операции истекло", "D, R"),
    ("zh-CN", TIMED_OUT, r"操作(?:已)?超时", "R"),
    ("de", RETURNED, r"Der Remoteserver hat einen Fehler zurückgegeben", "D, R"),
    ("fr", RETURNED, r"Le serveur distant a retourné une erreur", "D, R"),
    ("es", RETURNED, r"Error en el servidor remoto", "R"),
    ("it", RETURNED, r"Errore del server remoto", "D, R"),
    ("nl", RETURNED, r"De externe server heeft een fout geretourneerd", "D"),
    ("pt", RETURNED, r"O servidor remoto retornou um erro", "D, R"),
    ("pl", RETURNED, r"Serwer zdalny zwrócił błąd", "D, R"),
    ("sv", RETURNED, r"Fjärrservern returnerade ett fel", "D"),
    ("ru", RETURNED, r"Удаленный сервер возвратил ошибку", "D, R"),
    ("ja", RETURNED, r"リモート サーバーがエラーを返しました", "D, R"),
    ("zh-CN", RETURNED, r"远程服务器返回错误", "D, R"),
    ("zh-TW", RETURNED, r"遠端伺服器傳回一個錯誤", "R"),
    ("tr", RETURNED, r"Uzak sunucu hata döndürdü", "D, R"),
)


def _compiled(words: str) -> re.Pattern[str]:
    return re.compile(words.replace(" ?", r"\s?").replace(" ", r"\s{1,8}"), re.IGNORECASE)


def _longest_word(words: str) -> str:
    """A word that every text with these words has: cheap to look for before the expression is tried."""
    outside = re.sub(r"\((?:[^()]|\([^()]*\))*\)\??", " ", words)
    return max(re.split(r"[ .?,]|\[[^]]*\]", outside), key=len).lower()


_PATTERNS = tuple((english, _longest_word(words), _compiled(words)) for _, english, words, _ in MESSAGES)


def english_messages(text: str) -> str:
    """`text` with every localized message that the table has replaced by the English one."""
    lowered = text.lower()
    for english, word, pattern in _PATTERNS:
        if word in lowered:
            text = pattern.sub(english, text)
    return text
