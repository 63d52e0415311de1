"""Localized header fields of an event, stack frames and ends of inner stack traces, as English ones.

Sources: the Event Viewer's "Copy details as text" as Microsoft's localized documentation and support threads
print it in German, French, Italian, Spanish, Dutch, Portuguese, Polish, Russian, Japanese, Chinese, Korean,
Hungarian, Czech, Turkish, Swedish and Danish; stack traces of .NET Framework in public issue threads of the
same languages. Frames and ends of inner traces have the same form in every language: a word before a method
with its parameters, and words between three dashes on a line of their own.
"""

from __future__ import annotations

import re

_FIELDS: dict[str, tuple[str, ...]] = {
    "Log Name": (
        "Protokollname",
        "Nom du journal",
        "Nom du journal d'événements",
        "Nome registro",
        "Nombre de registro",
        "Logboeknaam",
        "Nome do Log",
        "Nazwa dziennika",
        "Имя журнала",
        "ログの名前",
        "日志名称",
        "記錄檔名稱",
        "Napló neve",
        "Název protokolu",
        "Günlük adı",
        "Loggnamn",
        "Logg namn",
        "Lognavn",
        "로그 이름",
    ),
    "Source": (
        "Quelle",
        "Origine",
        "Origen",
        "Bron",
        "Fonte",
        "Źródło",
        "Источник",
        "ソース",
        "来源",
        "來源",
        "Forrás",
        "Zdroj",
        "Kaynak",
        "Källa",
        "Kilde",
        "원본",
        "Origem",
    ),
    "Date": ("Datum", "Data", "Fecha", "Дата", "日付", "日期", "Dátum", "Tarih", "Dato", "날짜"),
    "Event ID": (
        "Ereignis-ID",
        "ID de l'événement",
        "ID d'événement",
        "ID evento",
        "Id. del evento",
        "ID. de evento",
        "Id. de evento",
        "Gebeurtenis-ID",
        "ID do evento",
        "Identificação do Evento",
        "Identyfikator zdarzenia",
        "Код события",
        "Идентификатор события",
        "イベント ID",
        "イベントID",
        "事件 ID",
        "事件ID",
        "Eseményazonosító",
        "ID události",
        "Olay kimliği",
        "Händelse-ID",
        "Hændelses-id",
        "Hendelses-ID",
        "이벤트 ID",
        "事件識別碼",
    ),
    "Task Category": (
        "Aufgabenkategorie",
        "Taskkategorie",
        "Catégorie de la tâche",
        "Categoria attività",
        "Categoría de tarea",
        "Categoría de la tarea",
        "Taakcategorie",
        "Categoria da Tarefa",
        "Kategoria zadania",
        "Категория задачи",
        "タスクのカテゴリ",
        "任务类别",
        "Feladatkategória",
        "Feladat kategóriája",
        "Kategorie úlohy",
        "Kategorie úkolu",
        "Görev kategorisi",
        "Aktivitetskategori",
        "Uppgiftskategori",
        "Uppgifts kategori",
        "Opgavekategori",
        "작업 범주",
        "태스크 범주",
        "工作類別",
    ),
    "Level": (
        "Ebene",
        "Niveau",
        "Livello",
        "Nivel",
        "Nível",
        "Poziom",
        "Уровень",
        "レベル",
        "级别",
        "Szint",
        "Úroveň",
        "Düzey",
        "Nivå",
        "수준",
        "層級",
    ),
    "Keywords": (
        "Schlüsselwörter",
        "Mots clés",
        "Parole chiave",
        "Palabras clave",
        "Trefwoorden",
        "Palavras-chave",
        "Słowa kluczowe",
        "Ключевые слова",
        "キーワード",
        "关键字",
        "Kulcsszavak",
        "Klíčová slova",
        "Anahtar sözcükler",
        "Nyckelord",
        "Nøgleord",
        "키워드",
        "關鍵字",
    ),
    "User": (
        "Benutzer",
        "Utilisateur",
        "Utente",
        "Usuario",
        "Gebruiker",
        "Usuário",
        "Użytkownik",
        "Пользователь",
        "ユーザー",
        "用户",
        "Felhasználó",
        "Uživatel",
        "Kullanıcı",
        "Användare",
        "Bruger",
        "사용자",
        "使用者",
    ),
    "Computer": (
        "Ordinateur",
        "Equipo",
        "Computador",
        "Komputer",
        "Компьютер",
        "コンピューター",
        "计算机",
        "Számítógép",
        "Počítač",
        "Bilgisayar",
        "Dator",
        "컴퓨터",
        "電腦",
    ),
    "Description": (
        "Beschreibung",
        "Descrizione",
        "Descripción",
        "Beschrijving",
        "Descrição",
        "Opis",
        "Описание",
        "説明",
        "描述",
        "说明",
        "Leírás",
        "Popis",
        "Açıklama",
        "Beskrivning",
        "Beskrivelse",
        "설명",
    ),
}
_ENGLISH = {name.lower(): english for english, names in _FIELDS.items() for name in names}
_NAMES = "|".join(sorted((re.escape(name) for name in _ENGLISH), key=len, reverse=True))
_FIELD = re.compile(rf"^([ ]{{0,8}})({_NAMES})([ ]{{0,24}})[:：]", re.IGNORECASE | re.MULTILINE)

_METHOD = r"(?=[A-Za-z_][\w`<>\[\],+$|&]{1,200}\.[\w.`<>\[\],+$|&]{1,300}\()"
# "at" of a frame: German, French, Italian, Spanish, Dutch, Portuguese, Polish, Swedish, Danish and Norwegian,
# Finnish, Czech, Russian, Chinese, Japanese, Korean, Turkish; always before a dotted name with parentheses.
_FRAME = re.compile(
    r"(?<![\w.])(?:bei|à|in|en|bij|em|w|vid|ved|kohteessa|v|в|在|於|場所|위치:?|konum:)[ ]{1,4}" + _METHOD
)
_ANY_FRAME = re.compile(rf"^[ ]{{1,12}}[^\W\d_][\w ]{{0,24}}:?[ ]{{1,2}}{_METHOD}", re.MULTILINE)
_ANY_END = re.compile(r"^[ ]{0,12}-{3} (?=[^\n>]{5,110} -{3}[ ]{0,4}$)[^\n>]{5,118}$", re.MULTILINE)
_END = re.compile(
    r"[-–—]{2,4}[ ]{0,2}(?:Ende der internen Ausnahmestapelüberwachung"
    r"|Fin de la trace de la pile d.exception interne"
    r"|Fine della traccia dello stack dell.eccezione interna"
    r"|Fin del seguimiento de la pila de la excepción interna"
    r"|Конец трассировки внутреннего стека исключений"
    r"|内部异常堆栈跟踪的结尾|内部例外スタック トレースの終わり|내부 예외 스택 추적의 끝"
    r"|內部例外狀況堆疊追蹤的結尾|Einde van intern uitzonderingsstackpad)[ ]{0,2}[-–—]{0,4}",
    re.IGNORECASE,
)
_ENGLISH_END = "--- End of inner exception stack trace ---"


def count_fields(text: str) -> int:
    """How many localized header fields `text` has."""
    return len({match[2].lower() for match in _FIELD.finditer(text)})


def english_layout(text: str) -> str:
    """`text` with localized header fields, frames and ends of inner traces in English."""
    text = _FIELD.sub(lambda match: f"{match[1]}{_ENGLISH[match[2].lower()]}{match[3]}:", text)
    text = _ANY_END.sub(_ENGLISH_END, _END.sub(_ENGLISH_END, text))
    return _FRAME.sub("at ", _ANY_FRAME.sub("   at ", text))
