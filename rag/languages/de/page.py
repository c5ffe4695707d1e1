"""What the page says, in German."""

LOCALE = "de_DE"  # of Babel: dates, numbers, plural forms
TAG = "de"  # of BCP 47, as HTML and browsers name it
OWN_NAME = "Deutsch"
COLON = ": "
COMMA = ", "
FULL_STOP = "."
SPACE = " "  # between sentences

NAME = "Footnote"
TAGLINE = "Antworten aus Ihren Dokumenten, Wort für Wort belegt."
TAB_CHAT = "Chat"
TAB_KNOWLEDGE = "Dokumente"

BASE = "Wissensdatenbank"
NO_BASE = "Eine Wissensdatenbank namens „{name}“ gibt es nicht."
LANGUAGE = "Sprache"
SKIP = "Zum Inhalt springen"

QUESTION = "Ihre Frage"
QUESTION_HINT = "Frage stellen …"
SEND = "Senden"
STOP = "Stoppen"
CLEAR = "Neues Gespräch"

WELCOME = "Was möchten Sie wissen?"
WELCOME_BASE = "Ich antworte aus {files} mit {passages} und zeige, auf welchen Wörtern jede Antwort beruht."
WELCOME_EMPTY = (
    "Es gibt noch nichts, woraus ich antworten kann. Fügen Sie unter „Dokumente“ welche hinzu und fragen Sie dann hier."
)
WELCOME_READING = (
    "Die Dokumente werden gerade eingelesen. Sie können schon fragen; berücksichtigt wird, was bis jetzt gelesen ist."
)
WELCOME_EXAMPLES = "Fragen, die diese Dokumente beantworten"

YOU = "Sie fragten"
SEARCHING = "wird gesucht …"
CHECKING = "Entwurf, wird geprüft …"
STOPPED = "gestoppt"
FAILED = "fehlgeschlagen"
STATUS = {
    "answered": "beantwortet",
    "quoted": "wörtlich aus dem Dokument",
    "refused": "nichts gefunden",
    "social": "Smalltalk",
    "handover": "an einen Menschen verwiesen",
}
STATUS_HINT = {
    "answered": "Vom Sprachmodell geschrieben und Wort für Wort anhand der Textstellen geprüft",
    "quoted": "Das sind die Worte des Dokuments selbst: Der Entwurf des Modells war nicht gut genug belegt",
    "refused": "Keine Textstelle beantwortet diese Frage",
    "social": "Eine Nachricht, die keine Frage an die Dokumente ist",
    "handover": "Darum muss sich ein Mensch kümmern",
}
CHOICES = "Antwort auswählen"
SAY_ANSWER = "{status}: {text}"
SAY_FAILED = "{status}: {problem}"
LEFT_OUT = "Weggelassen: weitere Aussagen des Modells, die nicht belegt sind"
STOPPED_EARLY = "Gestoppt, bevor etwas geschrieben war."
SOURCE = "Quelle {n}: {title}"
UNSUPPORTED = "Keine Textstelle belegt diese Wörter"
UNSUPPORTED_LEGEND = "Gepunktet unterstrichene Wörter haben keine Quelle."
FROM = {"answered": "Aus den Quellen", "quoted": "Aus der Quelle"}
CONFIDENCE = ((0.6, "wahrscheinlich richtig"), (0.3, "bitte Quelle prüfen"), (0.0, "unsicher"))
SECONDS = "{seconds} s"
SEARCHED = "Gesucht wurde nach"
CLOSEST = "Ähnlichste Textstellen"

COPY = "Kopieren"
COPIED = "Kopiert"
RETRY = "Noch einmal fragen"
EDIT = "Bearbeiten"
EDIT_SEND = "Geänderte Frage senden"
LIKE = "Hilfreich"
DISLIKE = "Nicht hilfreich"
DISLIKE_WHY = "Was stimmt daran nicht?"
DISLIKE_COMMENT = "Optional: die richtige Antwort in den Worten eines Dokuments oder mehr dazu"
DISLIKE_SEND = "Rückmeldung senden"
REASONS = {
    "wrong": "Sie ist falsch",
    "incomplete": "Sie ist unvollständig",
    "evidence": "Die Quelle sagt das nicht",
    "outdated": "Sie ist veraltet",
    "other": "Etwas anderes",
}
THANKS = "Danke, das ist notiert."

TABLE = "Tabelle"

EVIDENCE = "Belege"
EVIDENCE_EMPTY = "Hier erscheinen die Textstellen, auf denen eine Antwort beruht; was zählt, ist markiert."
EVIDENCE_READING = "Diese Textstellen werden gelesen …"
EVIDENCE_SOCIAL = "Für diese Nachricht wurde nichts nachgeschlagen."
EVIDENCE_NONE = "Keine Textstelle war ähnlich genug."
EVIDENCE_REFUSED = "Diese Textstellen waren am ähnlichsten; keine beantwortet die Frage."
EVIDENCE_CLOSEST = "Ähnlich, aber nicht verwendet: {passages}"
PASSAGES = {"one": "1 Textstelle", "other": "{n} Textstellen"}
FILES = {"one": "1 Datei", "other": "{n} Dateien"}
SCORE = "{score} sicher"
SCORE_HINT = "Wie wahrscheinlich diese Textstelle die richtige ist, gemessen an Fragen mit bekannten Antworten"
PAGE = "Seite {page}"
# What a source says of its age and language.
AS_OF = "Stand {date}"
VALID_SINCE = "gültig ab {date}"
VALID_TO = "gültig bis {date}"
OTHER_EDITION = "auch gefunden, in anderer Fassung: {document}, {edition}"
NO_LONGER_VALID = "nicht mehr gültig"
VERSION = "Version {version}"
FOREIGN = "von einer Seite auf {language}"
INTERNAL = "nur Mitarbeitende"
OCR = "per Texterkennung gelesen"
OCR_HINT = "Die Wörter stammen aus einem Bild: Buchstaben können falsch sein. Bitte mit dem Dokument vergleichen."
WEIGHT = "Gewicht {weight}"
WEIGHT_ANSWER = "die Antwort, Gewicht {weight}"
OPEN = "Im Dokument zeigen"
BACK = "Zurück zur Antwort"

VIEWER_RANGE = "Zeichen {start} bis {end} von {length}"
VIEWER_EARLIER = "Vorheriger Abschnitt"
VIEWER_LATER = "Nächster Abschnitt"
VIEWER_CLOSE = "Schließen"

ADD = "Dokumente hinzufügen"
ADD_HINT = "Ziehen Sie Dateien hierher oder wählen Sie welche aus: {suffixes}. Höchstens {megabytes} MB je Datei."
ADD_FOR = "Sichtbar für"
ADD_FOR_ALL = "alle, sofern die Datei nichts anderes angibt"
ADDED_INTERNAL = "Nur intern sichtbar: Besucher bekommen daraus keine Antwort und sehen es nicht in der Liste."
FILTER = "Filtern"
FILTER_HINT = "Nach Name oder Titel filtern"
DOCUMENTS = "Dokumente"
FILE_STATES = {"ready": "bereit", "pending": "wartet", "quarantined": "nicht lesbar", "stopped": "gestoppt"}
FILE_COLUMNS = ("Dokument", "Status", "Textstellen", "Größe")
FILES_NONE = "Noch keine Dokumente. Fügen Sie oben welche hinzu."
FILES_NO_MATCH = "Zu „{filter}“ passt kein Dokument."
FILES_MORE = "Die ersten {shown} von {all} sind aufgelistet. Die übrigen finden Sie mit dem Filter."
REPORT_MORE = "und {n} weitere, unten in der Liste"
ROWS = {"one": "1 Eintrag", "other": "{n} Einträge"}
VIEW = "Ansehen"
REREAD = "Neu einlesen"
DELETE = "Löschen"
DELETE_SURE = "„{name}“ löschen? Antworten verwenden es dann nicht mehr."
DELETE_YES = "Endgültig löschen"
DELETED = "{name} wurde gelöscht."
STOPPED_FILE = (
    "{name} wurde nicht bis zum Ende gelesen, jemand hat das Einlesen gestoppt: "
    "Lesen Sie die Datei neu ein oder löschen Sie sie"
)
REPORT = "{added} hinzugefügt, {replaced} ersetzt, {unchanged} unverändert"
REPORT_FAILED = "; {files} nicht lesbar"
REPORT_STOPPED = "Gestoppt: {done}"
REPORT_NOT_READ = "; {files} nicht gelesen"
LEFT_OUT_OF_FILE = "Nicht gelesen: {parts}"
LEFT_OUT_PARTS = {
    "hidden sheets": {"one": "1 ausgeblendetes Blatt", "other": "{n} ausgeblendete Blätter"},
    "hidden rows": {"one": "1 ausgeblendete Zeile", "other": "{n} ausgeblendete Zeilen"},
    "hidden columns": {"one": "1 ausgeblendete Spalte", "other": "{n} ausgeblendete Spalten"},
    "formulas without a value": {"one": "1 Formel ohne Wert", "other": "{n} Formeln ohne Wert"},
    "pictures without text": {"one": "1 Bild ohne Text", "other": "{n} Bilder ohne Text"},
    "rows without an answer": {"one": "1 Zeile ohne Antwort", "other": "{n} Zeilen ohne Antwort"},
    "lines that are no JSON": {"one": "1 Zeile, die kein JSON ist", "other": "{n} Zeilen, die kein JSON sind"},
    "unreadable parts": {"one": "1 unlesbarer Teil", "other": "{n} unlesbare Teile"},
    "pages without text": {"one": "1 Seite ohne Text", "other": "{n} Seiten ohne Text"},
}
LEFT_OUT_WHERE = "{part} ({where})"
LEFT_OUT_FIRST = "{part} (zuerst: {where})"
REPORT_LEFT_OUT = "; in {files} wurde etwas nicht gelesen"
ACTIVITY = "Dokumente werden eingelesen"
ACTIVITY_FILES = "{done} von {total} Dateien"
ACTIVITY_PASSAGES = "{done} von {total} Textstellen indiziert"
ACTIVITY_STARTS = "Wird vorbereitet …"
ACTIVITY_WAITS = "Ein anderes Programm schreibt gerade an diesen Dokumenten; Neues wird gelesen, sobald es fertig ist."
STOP_READING = "Stoppen"
STOPPING = "Wird gestoppt …"
NOTICE = "Hinweis"
UPLOADED = "hochgeladen"
UNEXPECTED = "Bei uns ist etwas schiefgegangen. Der Fehler wurde protokolliert; bitte versuchen Sie es noch einmal."
