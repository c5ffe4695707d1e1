"""German words as data, for search and for telling formats apart; none of them decides what a sentence means."""

ABBREVIATIONS = frozenset(
    "z.b d.h u.a i.d.r bzw bzgl ca evtl ggf inkl einschl exkl zzgl abzgl vgl gem lt mind max sog hr mio mrd med".split()
)
FINAL_ABBREVIATIONS = frozenset("usw etc".split())
NUMBER_ABBREVIATIONS = frozenset(
    "nr abs abb kap bd ziff max min str jan feb mär märz apr jun jul aug sep sept okt nov dez mo di mi do fr sa so".split()
)
COMPOUND_ABBREVIATIONS = ("str",)
BEFORE_ORDINALS = tuple("am im zum zur vom beim der dem den des".split())
QUESTION_COLUMNS = frozenset(("frage", "fragen", "titel"))
ANSWER_COLUMNS = frozenset(("antwort", "antworten", "inhalt"))
YES_CELLS = frozenset("ja j wahr".split())
NO_CELLS = frozenset("nein falsch".split())

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
    rf"(?:nur|ausschließlich) für (?:[\w-]+ )?{_STAFF}",
    r"nicht für (?:kunden|kundinnen und kunden|die öffentlichkeit|externe)(?: bestimmt)?",
    r"nicht zur (?:weitergabe|veröffentlichung)(?: bestimmt)?",
    r"(?:streng )?vertraulich",
)
INTERNAL_VALUES = (_STAFF,)
_THIS = r"diese[rs]? (?:seite|dokument|artikel|fassung|version|ausgabe|anleitung|liste) (?:ist|war|wurde) "
_BY = r"(?:die |das |den )?(?P<by>.{2,150})"
SUPERSEDED_NOTICES = (
    rf"(?:{_THIS})?(?:ersetzt|abgelöst)",
    rf"{_THIS}durch {_BY} (?:ersetzt|abgelöst)",
    rf"(?:{_THIS}(?:ersetzt|abgelöst) durch|(?:ersetzt|abgelöst) durch:) {_BY}",
    rf"(?:{_THIS})?(?:veraltet|überholt|archiviert|zurückgezogen|außer kraft|abgelaufen)",
    rf"(?:{_THIS})?nicht mehr (?:gültig|aktuell|in kraft)",
    r"(?:veraltet|überholt|archiviert)\s?[:–—].{1,150}",
)
SUPERSEDED_VALUES = (rf"durch {_BY} (?:ersetzt|abgelöst)", rf"(?:ersetzt|abgelöst) durch {_BY}")
_TO = r"\s*(?:bis(?: zum)?|[-–—])\s*"
VALID_BETWEEN = (rf"(?P<page>{_THIS}|(?:sie|er|es) war )?(?:gültig|in kraft)\s+(?:vom\s+|von\s+)?{{date}}{_TO}{{date}}",)
EDITION_WORDS = ("auflage", "ausgabe", "fassung")  # A number with a full stop stands before them.
EDITIONS = (rf"(?P<n>\d{{1,3}})\. (?:{'|'.join(EDITION_WORDS)})",)
MONTHS = """januar|jänner|jan februar|feber|feb märz|mär april|apr mai juni|jun juli|jul august|aug september|sept|sep
    oktober|okt november|nov dezember|dez"""
