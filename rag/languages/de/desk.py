"""What agents read at the desk, in German. `{time}` is a span of time, or how long ago."""

DESK = "Service-Desk"
SKIP = "Zu den Gesprächen springen"
SEARCH = "Suche"
SEARCH_HINT = "Gespräche durchsuchen"
SEARCH_NONE = "Kein Gespräch enthält „{text}“."
SEARCH_EMPTY = "Geben Sie einen Namen, eine Adresse, ein Label oder Wörter aus einem Gespräch ein."
NUMBERS = "Zahlen"
SETTINGS = "Einstellungen"
GAPS = "Wissenslücken"
PAGE = "Chat"
QUEUES = "Listen"
VIEWS = {
    "mine": "Meine",
    "waiting": "Wartend",
    "team": "Meine Teams",
    "snoozed": "Zurückgestellt",
    "all": "Unerledigt",
}
LATE = "{n} überfällig"
PRIORITIES = {"low": "Niedrig", "normal": "Normal", "high": "Hoch", "urgent": "Dringend"}
PRIORITY = "Priorität: {name}"
STATES = {"bot": "Beim Bot", "waiting": "Wartet", "open": "Offen", "snoozed": "Zurückgestellt", "resolved": "Erledigt"}
OVERDUE = "{time} überfällig"
DUE = "Fällig {time}"
WAITS = "Wartezeit: {time}"
JUST_NOW = "gerade eben"
OWNED = "bei {name}"
MINE = "bei Ihnen"
UNTIL = "bis {time}"
UNTIL_REPLY = "bis zur nächsten Nachricht"
UNKNOWN = "Besucher {n}"

EMPTY = {
    "mine": "Sie haben kein Gespräch.",
    "waiting": "Niemand wartet.",
    "team": "Ihre Teams haben kein Gespräch.",
    "snoozed": "Nichts ist zurückgestellt.",
    "all": "Alles ist erledigt.",
}
EMPTY_FIRST = "Kunden kommen hierher, wenn sie im Chat oder im Widget nach einem Menschen fragen. Dann:"
EMPTY_STEPS = (
    "Öffnen Sie „Wartend“ und nehmen Sie das erste: Überfällige stehen oben, dann dringende, dann, wer am längsten wartet.",
    "Lesen Sie, was der Bot versucht hat. Übernehmen Sie das Gespräch und schreiben Sie. Ihr Text wird laufend gespeichert.",
    "Tippen Sie / in der Antwort, um einen Textbaustein einzufügen. Interne Notizen sind fürs Team; Kunden sehen sie nie.",
    "Ist es erledigt, schließen Sie es ab; oder stellen Sie es zurück, bis zu einem Zeitpunkt oder zur nächsten Nachricht.",
)
EMPTY_KEYS = "Für alles gibt es eine Taste: ? zeigt sie."
EMPTY_OTHERS = {"one": "1 Gespräch wartet:", "other": "{n} Gespräche warten:"}
EMPTY_OPEN_WAITING = "„Wartend“ öffnen"

BACK = "Zurück zur Liste"
NEXT = "Weiter"
PREVIOUS = "Zurück"
CLAIM = "Übernehmen"
TAKE_OVER = "Selbst übernehmen"
ASSIGN = "Zuweisen"
ASSIGN_TO = "An wen"
TO_WAITING = "Zurück in die Warteschlange"
TO_BOT = "An den Bot geben"
SNOOZE = "Zurückstellen"
SNOOZES = {
    "hour": "1 Stunde",
    "afternoon": "4 Stunden",
    "tomorrow": "Bis morgen",
    "week": "Eine Woche",
    "reply": "Bis zur nächsten Nachricht",
}
SNOOZE_UNTIL = "Bis"
RESOLVE = "Erledigt"
RESOLVE_NEXT = "Erledigt, weiter"
REOPEN = "Wieder öffnen"
WAKE = "Wieder aufnehmen"
LABELS = "Labels"
LABEL_NEW = "Neues Label"
MORE = "Mehr"
PRIORITY_SET = "Priorität"
TEAM = "Team"
SAVE = "Speichern"
ADD = "Hinzufügen"
REMOVE = "Entfernen"

REPLY = "Antwort"
NOTE = "Interne Notiz"
REPLY_HINT = "Antwort an den Kunden. / öffnet die Textbausteine."
NOTE_HINT = "Nur fürs Team. Der Kunde sieht sie nie."
SEND = "Senden"
ADD_NOTE = "Notiz speichern"
TO = "An"
NOT_TO = "Nur fürs Team"
CANNED = "Textbausteine"
CANNED_NONE = "Noch keine Textbausteine: Legen Sie unter „Einstellungen“ welche an."
DRAFT_SAVED = "Entwurf gespeichert"
DRAFT_UNSAVED = "Entwurf noch nicht gespeichert; neuer Versuch folgt"
DRAFT_LONG = "Zu lang: Nur die ersten {most} Zeichen werden als Entwurf gespeichert, und senden lässt sich das nicht"
DISCARD = "Entwurf verwerfen"
RESTORE = "Verworfenen Entwurf zurückholen"
SENDING = "Wird gesendet …"
SENT = "Gesendet."
NOTED = "Notiz gespeichert."
CUSTOMER_WROTE = "Der Kunde hat geschrieben, während Sie schrieben. Ihr Text steht noch hier."
READDRESSED = "Der Kunde hat eine andere Adresse hinterlassen: Ihre Antwort geht jetzt an {name}. Ihr Text steht noch hier."
ELSEWHERE = "Sie haben hier in einem anderen Tab etwas anderes geschrieben. Dieser Tab behält seinen Text; der andere lautet:"
TAKE_OTHER = "Mit dem anderen Text weiterschreiben"
KEEP_MINE = "Diesen behalten"
KEY_USED = "Ihr erster Text wurde schon gesendet. Was Sie seither geändert haben, steht noch hier."
DELETED = "Dieses Gespräch wurde gelöscht."
FAILED = "Das hat nicht geklappt. Ihr Text steht noch hier."
UNSURE = "Die Verbindung ist beim Senden abgebrochen. Senden Sie noch einmal: Doppelt kommt es nicht an."
ANSWERED = "{name} hat geantwortet, während Sie schrieben. Ihr Text steht noch hier."
ANSWERED_AGO = "{name} hat geantwortet ({time}). Ihr Text wurde nicht gesendet und steht noch hier."
READ = "Ich habe es gelesen"
STALE = (
    "Die Verbindung zum Service-Desk ist unterbrochen. Was Sie sehen, kann veraltet sein; senden können Sie erst wieder, wenn "
    "sie steht."
)
BACK_AGAIN = "Die Verbindung steht wieder."
ASSIGNED = "{name} ist jetzt bei Ihnen."
SEARCH_FOR = "Nach „{text}“ suchen"
WRITING = {"one": "{names} schreibt gerade", "other": "{names} schreiben gerade"}

TIMELINE = "Gespräch"
CUSTOMER = "Kunde"
CUSTOMER_NAME = "Name"
CUSTOMER_ADDRESS = "Adresse"
CUSTOMER_CHANNEL = "Kommt über"
CUSTOMER_BASE = "Wissens\u00addatenbank"
CHANNELS = {"page": "die Chatseite", "widget": "das Widget", "api": "ein Programm", "mail": "E-Mail"}
HISTORY = "Frühere Gespräche"
HISTORY_NONE = "Dies ist das erste."
REASON = "Grund"
REASONS = {
    "customer_request": "Der Kunde wollte mit einem Menschen sprechen",
    "missing_knowledge": "Die Dokumente geben keine Antwort",
    "unsupported_request": "Etwas, das der Bot nicht kann",
    "policy_restriction": "Eine Sache für Menschen",
    "tool_failure": "Beim Bot ist ein Fehler aufgetreten",
    "pending_clarification": "Es war nicht klar, was gefragt ist",
    "usage_limit": "Zu viele Fragen",
    "complaint": "Eine Beschwerde",
    "low_confidence": "Der Bot war sich nicht sicher",
    "direct": "Direkt an Menschen geschrieben",
}
BOT = "Bot"
AGENT_IS_GONE = "Nicht mehr im Team"
DELIVERED = "angekommen"
WAITING_TO_SEE = "unterwegs"
NOT_MAILED = "nicht per E-Mail gesendet: RAG_MAIL_SMTP ist nicht gesetzt"
NO_MAIL_TO = "an {address} geht keine E-Mail: RAG_MAIL_SMTP ist nicht gesetzt"

KEYS = "Tasten"
KEYS_ON = "Einzelne Tasten sind eingeschaltet (in diesem Browser)"
CLOSE = "Schließen"
PALETTE = "Was möchten Sie tun?"
CTRL = "Strg"
KEY_NAMES = {
    "j k": "weiter, zurück",
    "Enter": "öffnen",
    "c": "übernehmen",
    "r": "antworten",
    "n": "interne Notiz",
    "e": "erledigt",
    "E": "erledigt und weiter",
    "z": "zurückstellen",
    "a": "zuweisen",
    "l": "Labels",
    "m": "Priorität, Team",
    "s": "Quellen des Vorschlags",
    "Tab": "in der leeren Antwort: der Vorschlag",
    "/": "Textbaustein; in Listen: Suche",
    "Ctrl Enter": "senden",
    "Ctrl K": "alles, nach Namen",
    "Esc": "schließen, Text verlassen, zur Liste",
    "?": "diese Übersicht",
}

NUMBERS_OF = "Zeitraum"

NOT_ON = "Der Service-Desk ist aus. An ist er, sobald ein Konto die Rolle agent hat, oder mit RAG_DESK=on."
NO_CANNED = "Diesen Textbaustein gibt es nicht."
LOCAL = "Kundenservice"
HERE = "Anwesend"
AWAY = "Abwesend"
GONE = "nicht da"
HERE_WHY = (
    "Sie gelten als anwesend. Mit einem Klick sind Sie abwesend: Was sich wieder öffnet, kommt dann in die Warteschlange und "
    "nicht zu Ihnen."
)
AWAY_WHY = (
    "Sie gelten als abwesend: Was sich wieder öffnet, kommt in die Warteschlange und nicht zu Ihnen. Mit einem Klick sind Sie "
    "wieder da."
)
BE_AWAY = "Abwesend melden"
BE_HERE = "Wieder anwesend melden"
SHOW = "Anzeigen"
SHOW_MORE = "Mehr anzeigen"
TOOLS = "Aktionen"
NO_TEAM = "Alle Teams"
WRITE = "Schreiben"
SOURCES = "Quellen"
RATING = "Bewertung"
NO_TIME = "„{value}“ ist kein künftiger Zeitpunkt."
ANYWAY = "Trotzdem fortfahren"
ANSWERS = {
    "answered": "anhand der Dokumente geprüft",
    "quoted": "wörtlich aus den Dokumenten",
    "refused": "die Dokumente sagen dazu nichts",
    "handover": "weitergegeben",
    "none": "der Bot gab keine Antwort: Er ist gescheitert oder wurde gestoppt",
}
THE_CUSTOMER = "Der Kunde"
BY_ITSELF = "Der Service-Desk"
TAKEN_OVER = "{who} hat das Gespräch selbst übernommen"
DONE = {
    "hand_over": "An Menschen weitergegeben. {reason}",
    "begun": "",
    "claim": "{who} hat das Gespräch übernommen",
    "assign": "{who} hat das Gespräch zugewiesen: {to}",
    "release": "{who} hat das Gespräch in die Warteschlange zurückgegeben",
    "time_out": "Keine rechtzeitige Antwort: zurück in die Warteschlange",
    "give_back": "{who} hat das Gespräch an den Bot gegeben",
    "back_to_bot": "{who} ist zum Bot zurückgekehrt",
    "snooze": "{who} hat das Gespräch zurückgestellt",
    "wake": "{who} hat das Gespräch wieder aufgenommen",
    "resolve": "{who} hat das Gespräch als erledigt geschlossen",
    "reopen": "{who} hat das Gespräch wieder geöffnet",
    "labelled": "{who} hat die Labels geändert",
    "priority": "{who} hat die Priorität geändert",
    "team": "{who} hat das Team geändert",
    "address": "{who} hat eine Adresse hinterlassen",
    "recipient": "{who} hat den Empfänger geändert",
    "rated": "{who} hat mit {value} von 5 bewertet",
    "mail": "Ein Programm hat eine E-Mail geschickt, sie wurde aussortiert",
    "undelivered": "Eine Antwort war nicht zustellbar: Der Kunde hat sie nicht erhalten",
}
"""What an event is to read; `who` did it, `to` whom, `value` of what."""
NUMBERS_NOTE = (
    "In der Zeit bis zur ersten Antwort zählen alle Stunden, auch außerhalb der Öffnungszeiten. Eine Rangliste gibt es hier "
    "nicht."
)
NUMBER_CAME = "An Menschen gegangen"
NUMBER_FIRST = "Erste Antwort, die Hälfte innerhalb von"
NUMBER_FIRST_90 = "Erste Antwort, neun von zehn innerhalb von"
NUMBER_RESOLVED = "Erledigt"
NUMBER_REOPENED = "Vom Kunden wieder geöffnet"
NUMBER_RATING = "Bewertung, Mittel aus {n}"
NUMBER_ALONE = "Ohne Menschen, von {n}"
BY_LABEL = "Nach Label"
BY_BASE = "Nach Wissensdatenbank"
SAVED = "Gespeichert."
NOT_SET = "Das ist nicht möglich: {problem}"
NO_SPAN = "„{value}“ ist keine Zeitspanne wie 09:00-17:00"
NO_NUMBER = "„{value}“ ist keine Zahl"
CANNED_WHY = (
    "Mit / und dem Namen eingefügt. {customer}, {agent}, {conversation} und {base} werden durch die passenden Angaben ersetzt."
)
CANNED_HINT = "Guten Tag {customer}, hier ist {agent}. …"
SHORTCODE = "Name, nach / getippt"
SHORTCODE_HINT = "hallo"
TEXT = "Text"
SCOPE = "Für"
SCOPE_OWN = "mich allein"
SCOPES = {"all": "alle"}
HOURS = "Öffnungszeiten und Ziele"
HOURS_WHY = (
    "Kunden erfahren, wann jemand da ist, und Ziele ruhen, solange niemand da ist. Zum Beispiel 09:00-12:00, 13:00-17:00; leer "
    "heißt geschlossen."
)
ZONE = "Zeitzone"
CLOSED = "geschlossen"
HOLIDAYS = "Geschlossene Tage, durch Leerzeichen getrennt; ohne Jahr gelten sie jedes Jahr"
TARGETS = {
    "first_minutes": "Minuten bis zur ersten Antwort (0: kein Ziel)",
    "next_minutes": "Minuten bis zu jeder weiteren Antwort (0: kein Ziel)",
    "assign_minutes": "Minuten ohne Antwort, nach denen ein Gespräch wieder wartet (0: nie)",
    "reopen_days": "Tage, in denen sich ein erledigtes Gespräch wieder öffnet, wenn der Kunde schreibt",
    "capacity": "Offene Gespräche, die eine Person übernimmt",
}
AGENTS = "Personen und Teams"
AGENTS_WHY = "Alle, die den Service-Desk je geöffnet haben. Konten entstehen mit `rag accounts add NAME --role agent`."
TEAMS = "Teams"
TEAMS_HINT = "Rechnungen, Rückgaben"
CAPACITY = "Max."
YOUR_NAME = "Ihr Name für Kunden"
YOUR_NAME_WHY = "Er steht über Ihren Antworten. Anmelden kann man sich damit nicht; bleibt er leer, gilt der Name Ihres Kontos."
SETTINGS_OTHERS = "Öffnungszeiten, Ziele, Teams und Textbausteine für alle legen Redaktion und Administration fest."
