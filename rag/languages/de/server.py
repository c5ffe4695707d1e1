"""What the server says besides the page, in German: sign-in, conversations, unanswered questions, limits and faults."""

SIGN_IN = "Anmelden"
SIGN_OUT = "Abmelden"
SIGN_IN_FIRST = "Bitte melden Sie sich dafür an."
SIGN_IN_WITH = "Mit {provider} anmelden"
SIGNED_IN_AS = "Sie sind angemeldet als {name}, Rolle: {role}."
ROLES = {"visitor": "Besuch", "agent": "Kundenservice", "editor": "Redaktion", "admin": "Administration"}
ACCOUNT = "Ihr Konto"
ACCOUNT_NAME = "Name"
ACCOUNT_NAME_BAD = "„{name}“ ist kein Name für ein Konto: Nehmen Sie 1 bis {longest} sichtbare Zeichen."
ACCOUNT_NAME_TAKEN = "Ein Konto namens „{name}“ gibt es schon; nehmen Sie einen anderen Namen."
ACCOUNT_EXISTS = "Es gibt schon ein Konto: Bitte melden Sie sich an."
ACCOUNT_DISABLED = "Dieses Konto ist gesperrt: Bitte wenden Sie sich an die Administration."
PW = "Passwort"
PW_OLD = "Bisheriges Passwort"
PW_NEW = "Neues Passwort"
PW_RULE = "Mindestens {shortest} Zeichen."
PW_CHANGE = "Passwort ändern"
PW_CHANGED = "Das Passwort ist geändert; andere Browser wurden abgemeldet."
PW_WRONG = "Name und Passwort passen nicht zusammen. Bitte versuchen Sie es noch einmal."
PW_LENGTH = "Das Passwort hat {length} Zeichen; nehmen Sie {shortest} bis {longest}."
TOO_MANY_TRIES = "Zu viele Versuche. Bitte warten Sie {minutes}."
SIGN_IN_FAILED = "Die Anmeldung hat nicht geklappt. Bitte versuchen Sie es noch einmal."
SETUP = "Das erste Konto"
SETUP_WHY = "Auf diesem Server hat noch niemand ein Konto. Dieses hier verwaltet ihn dann."
MAKE_ACCOUNT = "Konto anlegen"
SETUP_LINK_OVER = (
    "Dieser Link gilt nicht oder wurde schon benutzt. Solange es kein Konto gibt, nennt jeder Neustart einen neuen."
)
BAD_FIELDS = "Es fehlt oder ist nicht lesbar: {fields}."
NOT_ALLOWED = "Ihr Konto darf das nicht: Bitten Sie die Administration um eine andere Rolle."
WRONG_HOST = "Unter „{host}“ ist dieser Server nicht bekannt; wer ihn betreibt, kann den Namen in RAG_TRUSTED_HOSTS eintragen."
FOREIGN_SITE = "Diese Anfrage kommt von einer anderen Website und wird abgelehnt."
BAD_REQUEST = "Diese Anfrage ist nicht lesbar."
TOO_LARGE = "Diese Anfrage ist zu groß: höchstens {most} Byte."
TOO_SLOW = "Die Anfrage kam nicht rechtzeitig an ({seconds})."
TOO_OFTEN = "Dieser Schlüssel wurde zu oft benutzt. Bitte warten Sie {seconds}."
NO_PAGE = "Diese Seite gibt es nicht."
NO_PUBLIC_BASE = "Ohne Anmeldung gibt es hier nichts zu fragen."

CONVERSATIONS = "Gespräche"
NO_CONVERSATION = "Dieses Gespräch ist nicht da: Es wurde gelöscht, ist abgelaufen oder gehört jemand anderem."
NO_CONVERSATIONS = "Noch ist nichts aufbewahrt. Was Sie fragen, erscheint hier, nur für Sie."
NO_MATCH = "Kein Gespräch enthält „{text}“."
NOT_KEPT = "Ihre Gespräche werden hier nicht aufbewahrt: Melden Sie sich an oder erlauben Sie dieser Website ihr Cookie."
KEPT_VISITOR = "Für diesen Browser aufbewahrt; nach Ihrem letzten Besuch noch {days}. Niemand sonst sieht sie."
KEPT_ACCOUNT = "In Ihrem Konto aufbewahrt. Niemand sonst sieht sie."
SEARCH = "Suchen"
SEARCH_HINT = "Wörter in Fragen und Antworten"
QUESTIONS = {"one": "1 Frage", "other": "{n} Fragen"}
MANAGE = "Umbenennen, exportieren, löschen"
TITLE = "Titel"
TITLE_EMPTY = "Der Titel ist leer: Geben Sie einen ein oder lassen Sie ihn, wie er ist."
RENAME = "Umbenennen"
EXPORT_TEXT = "Als Text exportieren"
EXPORT_JSON = "Als JSON exportieren"
EXPORT_FROM = "Gespräch vom {day} mit „{base}“"
DELETE_ONE = "Endgültig löschen"
DELETE_ALL = "Alle Gespräche löschen"
DELETE_ALL_SURE = "Alle werden endgültig gelöscht. Das lässt sich nicht rückgängig machen."
DELETED_ALL = {"one": "1 Gespräch wurde gelöscht.", "other": "{n} Gespräche wurden gelöscht."}

GAPS = "Fragen ohne Antwort"
GAPS_LINK = "Fragen ohne Antwort"
GAPS_WHY = (
    "Nicht beantwortet, an Menschen verwiesen oder als nicht hilfreich bewertet; Fragen, die dasselbe meinen, sind ein "
    "Eintrag, die häufigsten zuerst."
)
GAPS_NONE = "Keine Frage ist ohne Antwort geblieben."
GAPS_OF = "Wissensbasis"
GAPS_SHOW = "Anzeigen"
GAP_KINDS = {
    "refused": {"one": "einmal nicht beantwortet", "other": "{n}-mal nicht beantwortet"},
    "handover": {"one": "einmal an Menschen verwiesen", "other": "{n}-mal an Menschen verwiesen"},
    "disliked": {"one": "einmal nicht hilfreich", "other": "{n}-mal nicht hilfreich"},
}
GAP_LAST = "zuletzt am {day}"
GAP_ALSO = "Auch so gefragt"
GAP_REASONS = "Was nicht stimmte"
GAP_NEAREST = "Nächste Textstellen"
GAP_NOTHING_NEAR = "Keine Textstelle kommt in die Nähe."
GAPS_EARLIER = "Seltener gefragt"

FOUND = {
    "same": "",
    "moved": "Das Dokument hat sich seither geändert; diese Textstelle steht jetzt an anderer Stelle.",
    "changed": "Diese Textstelle hat sich geändert, seit sie zitiert wurde.",
    "elsewhere": "Diese Textstelle steht jetzt in einem anderen Dokument.",
    "gone": "Diese Textstelle steht in keinem Dokument mehr.",
}
"""What is said of where a passage that was quoted once was found."""

UNAVAILABLE = "Das geht gerade nicht. Wer diesen Dienst betreibt, weiß Bescheid; bitte versuchen Sie es später noch einmal."
WRITING = "Ein anderes Programm schreibt gerade an den Dokumenten: Versuchen Sie es noch einmal, wenn es fertig ist."
NOT_THERE = "Das ist nicht mehr da."
TOO_MANY_WAITING = {
    "one": "Eine Frage von Ihnen wartet schon. Bitte fragen Sie wieder, wenn sie beantwortet ist (etwa {seconds}).",
    "other": "{n} Fragen von Ihnen warten schon. Bitte fragen Sie wieder, wenn eine beantwortet ist (etwa {seconds}).",
}
TOO_MANY_ASKED = "Sie haben in einer Minute viele Fragen gestellt. Bitte warten Sie {seconds}."
TOO_MANY_REQUESTS = "Zu viele Anfragen. Bitte warten Sie {seconds}."
TOO_MANY_UPLOADED = "Sie haben in einem Tag Dateien von {most} MB gesendet. Bitte warten Sie {minutes}."
UPLOAD_WITHOUT_LENGTH = "Geben Sie an, wie groß die Übertragung ist (Content-Length)."
QUEUE_FULL = "Gerade fragen sehr viele. Bitte warten Sie etwa {seconds} und versuchen Sie es dann noch einmal."
SERVER_STOPPING = "Der Server wird gerade angehalten. Bitte fragen Sie in einer Minute noch einmal."

DESK = "Kundenservice"
WIDGETS = "In den Seiten anderer Websites"
WIDGETS_WHY = (
    "Jede Zeile gehört ans Ende der Seiten einer Website oder in deren Kopf und wirkt nur dort. Ein Klick markiert sie."
)
WIDGETS_NONE = "Noch gibt es kein Widget. Wer diesen Server betreibt, legt eines an:"
WIDGET_TRY = "In einer Seite ansehen"
WIDGET_SIGNED = "Die Website nennt ihre Nutzer: Die Signatur für jeden entsteht auf ihrem Server."
WIDGET_EXAMPLE = "In dieser Seite ist das Widget, wie Besucher einer Website es sehen. Das brauchen deren Seiten:"
WIDGET_GUEST = "Hier sind Sie Gast; eine Website, die ihre Nutzer nennt, zeigt ihnen ihre bisherigen Gespräche."
