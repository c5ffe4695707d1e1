"""German."""

REPLIES = {
    "greeting": "Hallo! Fragen Sie, was Sie wissen möchten; ich helfe mit dem, was hier in den Dokumenten steht.",
    "thanks": "Gern geschehen! Fragen Sie einfach, wenn Sie noch etwas wissen möchten.",
    "bye": "Auf Wiedersehen! Kommen Sie gern mit der nächsten Frage wieder.",
    "about-bot": (
        "Ich bin {name}, ein Assistenzprogramm und kein Mensch. Ich antworte aus den Dokumenten hier und zeige, auf "
        "welchen Wörtern jede Antwort beruht. Wenn Sie lieber mit einem Menschen sprechen möchten, sagen Sie es "
        "einfach."
    ),
    "capability": (
        "Ich helfe bei Fragen, die die Dokumente hier beantworten, und zeige, wo die Antwort steht. Bestellungen oder "
        "Konten kann ich nicht einsehen und dort nichts ändern."
    ),
    "complaint": (
        "Das tut mir leid. Sagen Sie mir, was Sie brauchen, dann sehe ich nach, was die Dokumente dazu sagen. Wenn Sie "
        "lieber mit einem Menschen sprechen möchten, sagen Sie es, dann suche ich, wie Sie jemanden erreichen."
    ),
    "data": (
        "Ich antworte aus Dokumenten und kann Bestellungen, Konten oder Personen nicht nachschlagen. Schreiben Sie, was "
        "Sie dazu wissen möchten, oder fragen Sie nach einem Menschen vom Kundenservice."
    ),
    "acknowledgement": "Gut. Fragen Sie einfach, wenn Sie noch etwas wissen möchten.",
    "insult": (
        "Es tut mir leid, dass ich nicht helfen konnte. Sagen Sie es mit anderen Worten, dann versuche ich es noch "
        "einmal, oder fragen Sie nach einem Menschen."
    ),
    "handover": (
        "Ich bin ein Programm und kann Sie von hier aus nicht verbinden. So erreichen Sie laut den Dokumenten jemanden:"
    ),
    "handover-unknown": (
        "Ich bin ein Programm und kann Sie von hier aus nicht verbinden, und die Dokumente nennen keinen Kontakt. Bitte "
        "nutzen Sie den Kontakt, den Sie von dieser Einrichtung kennen."
    ),
    "handover-desk": "Ich habe Ihr Gespräch an einen Menschen weitergegeben, der Ihnen hier antwortet.",
}
CONTACT_QUESTION = "Wie lauten Telefonnummer und E-Mail-Adresse des Kundenservice?"

ABBREVIATIONS = frozenset("z.b d.h u.a bzw ca evtl ggf inkl zzgl vgl mind".split())
FINAL_ABBREVIATIONS = frozenset("usw etc".split())
NUMBER_ABBREVIATIONS = frozenset("nr abs bd ziff".split())
QUESTION_COLUMNS = frozenset(("frage", "fragen", "titel"))
ANSWER_COLUMNS = frozenset(("antwort", "antworten", "inhalt"))

LABELS = {
    "date": """letzte aktualisierung, zuletzt aktualisiert am, zuletzt aktualisiert, zuletzt geändert am, zuletzt geändert,
        letzte änderung, aktualisiert am, aktualisiert, geändert am, stand vom, stand, datum, veröffentlicht am, veröffentlicht,
        veröffentlichungsdatum, ausgabedatum, erstellt am, erstellt""",
    "valid_from": """gültig ab dem, gültig ab, gültig seit dem, gültig seit, gültig vom, gilt ab dem, gilt ab, gilt seit,
        in kraft ab, in kraft seit, in kraft getreten am, wirksam ab, gültigkeitsbeginn""",
    "valid_until": """gültig bis zum, gültig bis, gilt bis zum, gilt bis, läuft ab am, ablaufdatum, in kraft bis,
        gültigkeitsende""",
    "version": "dokumentversion, version, ausgabe, auflage, fassung, revision",
    "superseded_by": "ersetzt durch, abgelöst durch, nachfolger",
    "status": "dokumentstatus, status",
    "owner": "verantwortlich, verantwortliche, verantwortlicher, zuständig, eigentümer, eigner",
    "audience": "zielgruppe, sichtbarkeit, sichtbar für, vertraulichkeit, klassifizierung, verteiler, zugriff",
    "language": "sprache",
}
INTERNAL_KEYS = frozenset(("intern", "vertraulich", "entwurf"))
PUBLIC_KEYS = frozenset(("öffentlich", "veröffentlicht"))
SUPERSEDED_KEYS = frozenset(("veraltet", "überholt", "archiviert", "ersetzt", "abgelöst"))
_STAFF = (
    r"(?:mitarbeitende|mitarbeiter(?:innen|:innen|\*innen)?|mitarbeiterinnen und mitarbeiter|beschäftigte|angestellte|personal"
    r"|kolleginnen und kollegen)"
)
INTERNAL_NOTICES = (
    r"(?:nur |streng |betriebs|firmen)?intern(?:es dokument|e unterlage|er gebrauch)?",
    r"(?:nur|ausschließlich) (?:für|zum|für den) (?:den )?(?:internen|dienstlichen) gebrauch(?: bestimmt)?",
    rf"(?:(?:nur|ausschließlich) für (?:[\w-]+ )?)?{_STAFF}",
    r"nicht für (?:kunden|kundinnen und kunden|die öffentlichkeit|externe)(?: bestimmt)?",
    r"nicht zur (?:weitergabe|veröffentlichung)(?: bestimmt)?",
    r"(?:streng )?vertraulich",
)
_THIS = r"(?:diese[rs]? (?:seite|dokument|artikel|fassung|version|ausgabe|anleitung|liste) (?:ist|wurde) )?"
SUPERSEDED_NOTICES = (
    _THIS + r"(?:(?:ersetzt|abgelöst)|durch (?:die |das |den )?(?P<by>.{2,150}) (?:ersetzt|abgelöst))",
    _THIS + r"(?:veraltet|überholt|archiviert|zurückgezogen|außer kraft|abgelaufen|nicht mehr (?:gültig|aktuell|in kraft))",
    r"(?:ersetzt|abgelöst) durch:? (?:die |das |den )?(?P<by>.{2,150})",
    r"(?:veraltet|überholt|archiviert)\s?[:–—].{1,150}",
)
VALID_BETWEEN = (r"(?:gültig|in kraft)\s+(?:vom\s+|von\s+)?{date}\s*(?:bis(?: zum)?|[-–—])\s*{date}",)
EDITION_WORDS = ("auflage", "ausgabe", "fassung")  # A number with a full stop stands before them.
EDITIONS = (rf"(?P<n>\d{{1,3}})\. (?:{'|'.join(EDITION_WORDS)})",)
MONTHS = """januar|jänner|jan februar|feber|feb märz|mär april|apr mai juni|jun juli|jul august|aug september|sept|sep
    oktober|okt november|nov dezember|dez"""
