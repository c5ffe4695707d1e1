"""What the desk refuses, and what is wrong with mails, in German. `{time}` is how long ago."""

ILLEGAL = "„{source}“ kann so nicht zu „{target}“ werden: Bitte sehen Sie sich das Gespräch noch einmal an."
ANSWERED_FIRST = (
    "{name} hat {time} geantwortet. Ihr Text ist als Entwurf gespeichert: Lesen Sie zuerst die Antwort und senden Sie Ihre, "
    "falls sie noch nötig ist."
)
WROTE_FIRST = (
    "Der Kunde hat {time} geschrieben. Ihr Text ist als Entwurf gespeichert: Lesen Sie zuerst die neue Nachricht und senden "
    "Sie dann."
)
CHANGED_FIRST = "{name} hat dieses Gespräch {time} geändert: Bitte sehen Sie es sich noch einmal an."
NOT_YOURS = "{name} hat dieses Gespräch: Übernehmen Sie es zuerst."
WRONG_RECIPIENT = "Diese Antwort war für „{shown}“ bestimmt, das Gespräch geht aber an „{recipient}“: Es wurde nichts gesendet."
DESK_FULL = (
    "{name} hat {open} von {capacity} Gesprächen offen: Zuerst muss eines erledigt, zurückgestellt oder weitergegeben werden."
)
NO_DRAFT = "Diesen Entwurf gibt es nicht, oder er wurde nach {days} gelöscht."
NO_AGENT = "„{id}“ ist an diesem Service-Desk nicht bekannt."
UNFILLED = "In der Antwort steht noch {variable}: Ersetzen Sie das durch den passenden Text. Es wurde nichts gesendet."
NO_CANNED = "Diesen Textbaustein gibt es nicht."
SHORTCODE = "„{code}“ ist kein Kürzel: Erlaubt sind 1 bis 40 Buchstaben, Ziffern, - und _."
SHORTCODE_TAKEN = "Einen Textbaustein „{code}“ gibt es schon."
SCOPE = "„{scope}“ ist kein Geltungsbereich: all, team:NAME oder agent:ID."
LINE = "{what}: „{value}“ muss eine Zeile mit 1 bis {most} Zeichen sein."
LINES = {"id": "Kennung", "name": "Name", "team": "Team", "label": "Label", "key": "Schlüssel", "code": "Code"}
BAD_PRIORITY = "{value} ist keine Priorität: möglich sind 0 (niedrig) bis 3 (dringend)."
UNTIL_PAST = "{until} liegt schon in der Vergangenheit."
NO_VIEW = "„{view}“ ist keine Liste: möglich sind {views}."
SOMEBODY = "Jemand aus dem Team"

SETTING = "Diese Einstellungen sind nicht möglich: {problem}"
BAD_VALUE = "{name}: „{value}“ ist nicht möglich"
BAD_CLOCK = "„{value}“ ist keine Uhrzeit wie 09:00 oder 24:00"
BAD_ZONE = "„{value}“ ist keine Zeitzone wie Europe/Berlin"
BAD_WEEK = "es sind Zeiten für {n} Tage angegeben, nötig sind 7, Montag zuerst"
BAD_ORDER = "{day}: die Zeiten sind nicht in der richtigen Reihenfolge oder überschneiden sich"
BAD_DAY = "„{value}“ ist kein Tag wie 2026-12-25 oder, für jedes Jahr, 12-25"

PROPOSAL_GONE = (
    "Seit diesem Vorschlag wurde etwas geschrieben, er passt nicht mehr: Bitte sehen Sie sich das Gespräch noch einmal an."
)
NOT_YOUR_BASE = (
    "Das Gespräch gehört zur Wissensdatenbank „{base}“, die Sie nicht lesen dürfen: Wenden Sie sich an die Administration."
)
REPLY_LONG = "Die Antwort hat {n} Zeichen; geprüft werden Antworten mit höchstens {most}."
UNPROVEN = "Kein Dokument belegt „{text}“, und niemand bürgt dafür: Ändern oder bestätigen Sie jeden solchen Satz."
ONLY_INTERNAL = "Nur {document}, ein internes Dokument, belegt „{text}“: Ändern oder bestätigen Sie jeden solchen Satz."
NO_ANSWER = "Diese Antwort gibt es nicht mehr: Sie wurde gelöscht."
ANSWER_CHANGED = "Jemand hat diese Antwort inzwischen geändert: Bitte sehen Sie sie sich noch einmal an."
ANSWER_PUBLISHED = "Diese Antwort ist veröffentlicht: Ziehen Sie sie zuerst zurück."
ANSWER_UNREVIEWED = "Diese Antwort kann nicht veröffentlicht werden: Lassen Sie sie zuerst gegenlesen."
OWN_REVIEW = "Diesen Text haben Sie selbst geschrieben: Lassen Sie ihn vor der Veröffentlichung gegenlesen."
ANSWER_EMPTY = "Zu einer Antwort gehören eine Frage und ein Text."
QUESTION_LONG = "Die Frage hat {n} Zeichen; höchstens {most} sind möglich."
ANSWER_LONG = "Die Antwort hat {n} Zeichen; höchstens {most} sind möglich."
DUPLICATE = (
    "Die Wissensdatenbank beantwortet das schon, aus {document}: „{text}“. Ändern Sie jenes Dokument, oder veröffentlichen Sie "
    "Ihre Antwort trotzdem, wenn sie etwas anderes sagt."
)
NOT_READ = "Die Antwort konnte nicht in die Wissensdatenbank eingelesen werden: {message}"
NO_REPLY = "Diese Antwort gibt es in dem Gespräch nicht."
NO_FILE = "Diese Datei gibt es in dem Gespräch nicht."

MAIL_EMPTY = "[Diese E-Mail hat keinen Text, der sich anzeigen lässt. Die ganze E-Mail liegt bei den Dateien des Gesprächs.]"
MAIL_PROBLEMS = {
    "large": "die E-Mail hat {mb} MB, mehr als RAG_MAIL_MB={most}: Nur der Kopf wurde abgeholt, sie bleibt im Postfach",
    "files": "sie hat {n} Dateien, von denen {most} einzeln gespeichert sind (RAG_MAIL_FILES); in der E-Mail selbst sind alle",
    "nobody": "sie nennt keinen Absender, dem man antworten könnte",
    "own": "sie kommt vom Service-Desk selbst: Etwas schickt dessen E-Mails zurück",
    "loop": "{sender} hat in einer Stunde über {most} E-Mails geschickt: Das sieht nach einer Schleife aus",
    "automatic": "ein Programm hat sie geschickt ({header})",
    "refused": "{problem}",
    "failed": "sie konnte nicht angenommen werden ({kind}); mehr dazu im Protokoll, die ganze E-Mail ist hier gespeichert",
    "structure": "ihr Aufbau ist nicht lesbar ({kind})",
    "multiparts": "sie hat über {most} verschachtelte Teile",
    "parts": "sie hat über {most} Teile; die ersten davon sind Dateien des Gesprächs",
    "depth": "ihre Teile sind tiefer als {most} Ebenen verschachtelt",
    "text": "ihr Text hat {n} Zeichen, davon werden {most} gezeigt",
    "charset": "ihr Text ist nicht {charset}, wie angegeben, und wurde so gut wie möglich gelesen",
}
"""What is wrong with a mail, by the kind that is kept with it."""
