"""Localized header fields of an event, stack frames and ends of inner stack traces, as English ones.

Sources: the Event Viewer's "Copy details as text" as Microsoft's localized documentation and support threads
print it in German, French, Italian, Spanish, Dutch, Portuguese, Polish, Russian, Japanese and Chinese; stack
traces of .NET Framework in public issue threads of the same languages.
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
    ),
    "Date": ("Datum", "Data", "Fecha", "Дата", "日付", "日期"),
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
    ),
    "Level": ("Ebene", "Niveau", "Livello", "Nivel", "Nível", "Poziom", "Уровень", "レベル", "级别"),
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
    ),
    "Computer": ("Ordinateur", "Equipo", "Computador", "Komputer", "Компьютер", "コンピューター", "计算机"),
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
    ),
}
_ENGLISH = {name.lower(): english for english, names in _FIELDS.items() for name in names}
_NAMES = "|".join(sorted((re.escape(name) for name in _ENGLISH), key=len, reverse=True))
_FIELD = re.compile(rf"^([ ]{{0,8}})({_NAMES})([ ]{{0,24}})[:：]", re.IGNORECASE | re.MULTILINE)

# "at" of a frame: German, French, Italian, Spanish, Dutch, Portuguese, Polish, Swedish, Danish and Norwegian,
# Finnish, Czech, Russian, Chinese, Japanese, Korean, Turkish; always before a dotted name with parentheses.
_FRAME = re.compile(
    r"(?<![\w.])(?:bei|à|in|en|bij|em|w|vid|ved|kohteessa|v|в|在|於|場所|위치:?|konum:)[ ]{1,4}"
    r"(?=[A-Za-z_][\w`<>\[\],+$|&]{1,200}\.[\w.`<>\[\],+$|&]{1,300}\()"
)
_END = re.compile(
    r"[-–—]{2,4}[ ]{0,2}(?:Ende der internen Ausnahmestapelüberwachung"
    r"|Fin de la trace de la pile d.exception interne"
    r"|Fine della traccia dello stack dell.eccezione interna"
    r"|Fin del seguimiento de la pila de la excepción interna"
    r"|Конец трассировки внутреннего стека исключений"
    r"|内部异常堆栈跟踪的结尾|内部例外スタック トレースの終わり)[ ]{0,2}[-–—]{0,4}",
    re.IGNORECASE,
)


def english_layout(text: str) -> str:
    """`text` with localized header fields, frames and ends of inner traces in English."""
    text = _FIELD.sub(lambda match: f"{match[1]}{_ENGLISH[match[2].lower()]}{match[3]}:", text)
    text = _END.sub("--- End of inner exception stack trace ---", text)
    return _FRAME.sub("at ", text)
