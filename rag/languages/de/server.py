"""What the server says besides the page, in German: sign-in, conversations, unanswered questions, limits and faults."""

SIGN_IN = "Anmelden"
SIGN_OUT = "Abmelden"
SIGN_IN_FIRST = "Bitte melden Sie sich dafür an."
SIGN_IN_WITH = "Mit {provider} anmelden"
SIGNED_IN_AS = "Sie sind angemeldet als {name}, Rolle: {role}."
ROLES = {"visitor": "Besucher", "agent": "Kundenservice", "editor": "Redaktion", "admin": "Administration"}
ACCOUNT = "Ihr Konto"
ACCOUNT_NAME = "Benutzername"
ACCOUNT_NAME_BAD = "„{name}“ ist als Name nicht möglich: Verwenden Sie 1 bis {longest} sichtbare Zeichen."
ACCOUNT_NAME_TAKEN = "Der Benutzername „{name}“ ist schon vergeben; wählen Sie einen anderen."
ACCOUNT_EXISTS = "Es gibt schon ein Konto: Bitte melden Sie sich an."
ACCOUNT_DISABLED = "Dieses Konto ist gesperrt: Bitte wenden Sie sich an die Administration."
PW = "Passwort"
PW_OLD = "Aktuelles Passwort"
PW_NEW = "Neues Passwort"
PW_RULE = "Mindestens {shortest} Zeichen."
PW_CHANGE = "Passwort ändern"
PW_CHANGED = "Das Passwort ist geändert; andere Browser wurden abgemeldet."
PW_BLANK = "Das Passwort besteht nur aus Leerzeichen: Verwenden Sie auch Buchstaben oder Ziffern."
PW_WRONG = "Benutzername und Passwort passen nicht zusammen. Bitte versuchen Sie es noch einmal."
PW_LENGTH = "Das Passwort hat {length} Zeichen; verwenden Sie {shortest} bis {longest}."
TOO_MANY_TRIES = "Zu viele Versuche. Bitte warten Sie {minutes}."
SIGN_IN_FAILED = "Die Anmeldung hat nicht geklappt. Bitte versuchen Sie es noch einmal."
SETUP = "Das erste Konto"
SETUP_WHY = "Auf diesem Server hat noch niemand ein Konto. Dieses Konto erhält die Rolle Administration."
MAKE_ACCOUNT = "Konto anlegen"
SETUP_LINK_OVER = (
    "Dieser Link ist ungültig oder wurde schon benutzt. Solange es kein Konto gibt, zeigt jeder Neustart einen neuen an."
)
BAD_FIELDS = "Fehlt oder ist nicht lesbar: {fields}."
NOT_ALLOWED = "Ihr Konto hat dafür keine Berechtigung: Bitten Sie die Administration um eine andere Rolle."
WRONG_HOST = "Unter „{host}“ ist dieser Server nicht bekannt; wer ihn betreibt, kann den Namen in RAG_TRUSTED_HOSTS eintragen."
FOREIGN_SITE = "Diese Anfrage kommt von einer anderen Website und wird abgelehnt."
BAD_REQUEST = "Diese Anfrage ist nicht lesbar."
TOO_LARGE = "Diese Anfrage ist zu groß: höchstens {most} Byte."
TOO_SLOW = "Die Anfrage kam nicht rechtzeitig an ({seconds})."
TOO_OFTEN = "Dieser Schlüssel wurde zu oft benutzt. Bitte warten Sie {seconds}."
NO_PAGE = "Diese Seite gibt es nicht."
NO_PUBLIC_BASE = "Ohne Anmeldung gibt es hier nichts zu fragen."

CONVERSATIONS = "Gespräche"
NO_CONVERSATION = "Dieses Gespräch ist nicht vorhanden: Es wurde gelöscht, ist abgelaufen oder gehört jemand anderem."
NO_CONVERSATIONS = "Noch ist nichts gespeichert. Ihre Fragen erscheinen hier, sichtbar nur für Sie."
NO_MATCH = "Kein Gespräch enthält „{text}“."
NOT_KEPT = "Ihre Gespräche werden hier nicht gespeichert: Melden Sie sich an oder erlauben Sie dieser Website Cookies."
KEPT_VISITOR = "Für diesen Browser gespeichert, bis {days} nach Ihrem letzten Besuch. Außer Ihnen sieht sie niemand."
KEPT_ACCOUNT = "In Ihrem Konto gespeichert. Außer Ihnen sieht sie niemand."
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
DELETE_ALL_SURE = "Alle Gespräche werden endgültig gelöscht. Das lässt sich nicht rückgängig machen."
DELETED_ALL = "Ihre Gespräche wurden gelöscht."

GAPS = "Fragen ohne Antwort"
GAPS_LINK = "Fragen ohne Antwort"
GAPS_WHY = (
    "Nicht beantwortet, an Menschen verwiesen oder als nicht hilfreich bewertet; gleichbedeutende Fragen bilden einen Eintrag, "
    "die häufigsten stehen zuerst."
)
GAPS_NONE = "Keine Frage ist ohne Antwort geblieben."
GAPS_OF = "Wissensdatenbank"
GAPS_SHOW = "Anzeigen"
GAP_KINDS = {
    "refused": {"one": "einmal nicht beantwortet", "other": "{n}-mal nicht beantwortet"},
    "handover": {"one": "einmal an Menschen verwiesen", "other": "{n}-mal an Menschen verwiesen"},
    "disliked": {"one": "einmal als nicht hilfreich bewertet", "other": "{n}-mal als nicht hilfreich bewertet"},
}
GAP_LAST = "zuletzt am {day}"
GAP_ALSO = "Auch so gefragt"
GAP_REASONS = "Was nicht stimmte"
GAP_NEAREST = "Ähnlichste Textstellen"
GAP_NOTHING_NEAR = "Keine Textstelle ist ähnlich genug."
GAPS_EARLIER = "Seltener gestellte Fragen"

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
NOT_THERE = "Das ist nicht mehr vorhanden."
TOO_MANY_WAITING = {
    "one": "Eine Frage von Ihnen wartet schon. Bitte fragen Sie wieder, wenn sie beantwortet ist (in etwa {seconds}).",
    "other": "{n} Fragen von Ihnen warten schon. Bitte fragen Sie wieder, wenn eine beantwortet ist (in etwa {seconds}).",
}
TOO_MANY_ASKED = "Sie haben in einer Minute viele Fragen gestellt. Bitte warten Sie {seconds}."
TOO_MANY_REQUESTS = "Zu viele Anfragen. Bitte warten Sie {seconds}."
TOO_MANY_UPLOADED = "Sie haben an einem Tag insgesamt {most} MB hochgeladen. Bitte warten Sie {minutes}."
UPLOAD_WITHOUT_LENGTH = "Geben Sie an, wie groß die Übertragung ist (Content-Length)."
QUEUE_FULL = "Gerade fragen sehr viele. Bitte warten Sie etwa {seconds} und versuchen Sie es dann noch einmal."
SERVER_STOPPING = "Der Server wird gerade heruntergefahren. Bitte fragen Sie in einer Minute noch einmal."

DESK = "Service-Desk"
WIDGETS = "Chat auf anderen Websites"
WIDGETS_WHY = (
    "Jede Zeile gehört ans Ende der Seiten einer Website oder in deren head-Bereich und wirkt nur dort. Ein Klick markiert sie."
)
WIDGETS_NONE = "Noch gibt es kein Widget. Wer diesen Server betreibt, legt eines an:"
WIDGET_TRY = "Auf einer Seite ansehen"
WIDGET_SIGNED = "Die Website teilt mit, wer ihre Nutzer sind: Die Signatur für jeden erzeugt ihr Server."
WIDGET_EXAMPLE = "Auf dieser Seite ist das Widget eingebunden, wie Besucher einer Website es sehen. Das brauchen deren Seiten:"
WIDGET_GUEST = "Hier sind Sie Gast; eine Website, die ihre Nutzer mitteilt, zeigt ihnen ihre bisherigen Gespräche."
