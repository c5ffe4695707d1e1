"""What agents read beside a conversation, in German: proposals, evidence, summaries, and answers to gaps."""

PROPOSAL = "Antwortvorschlag"
PROPOSE = "Antwort vorschlagen"
LOOKING = "In den Dokumenten wird nach einer Antwort gesucht …"
FOR_QUESTION = "Zu „{question}“"
TAKE = "In die Antwort übernehmen"
PROPOSED = {
    "one": "Eine Antwort ist vorgeschlagen: ein Satz.",
    "other": "Eine Antwort ist vorgeschlagen: {n} Sätze, davon {proven} durch Dokumente für Kunden belegt.",
}
NOTHING_ASKED = "Nichts ist offen: Seit der letzten Antwort hat der Kunde nichts gefragt."
NO_ANSWER_FOUND = "Die Dokumente beantworten das nicht. Schreiben Sie von Hand; senden lässt sich das trotzdem."
NO_PROPOSAL_NOW = "Zurzeit ist kein Vorschlag möglich ({problem}). Schreiben Sie von Hand; senden lässt sich das trotzdem."
NO_BASE = (
    "Die Wissensdatenbank {base} dieses Gesprächs ist nicht vorhanden. Wählen Sie eine andere, oder schreiben Sie von Hand."
)
JUST_CHANGED = "Gerade wurde etwas geschrieben. Sobald es hier erscheint, folgt ein neuer Vorschlag."
FAILED = "Es war kein Vorschlag möglich. Schreiben Sie von Hand; senden lässt sich das trotzdem."
TAKEN = "In die Antwort übernommen."
BASE = "Aus"
ALL_BASES = "allen Wissensdatenbanken"
FOR_STAFF = "nur intern"
ASK_AGAIN = "Daraus vorschlagen"
CLOSEST = "Ähnlichste Textstellen"
SOURCES_SHOWN = "Quellen"

VERDICTS = {"proven": "belegt", "internal": "nur intern", "unproven": "nicht belegt"}
VERDICT_MEANS = {
    "proven": "ein Dokument für Kunden sagt das",
    "internal": "nur ein internes Dokument sagt das",
    "unproven": "kein Dokument sagt das",
}
OPEN_PASSAGE = "Textstelle öffnen"
WRONG = "Dieser Beleg ist falsch"
WRONG_NOTED = "Notiert: Dieser Beleg ist falsch."
OFFERS = "Steht neben dieser Regel"
INSERT = "Einfügen"
INSERT_LINK = "Mit Link einfügen"
CITED = "{text} ({title}: {url})"
INSERTED = "Eingefügt."

CHECKED = "Belege der Antwort"
CHECKING = "Wird geprüft …"
CHECK_DONE = {"one": "Belegt, oder Sie bürgen dafür.", "other": "{n} von {n} Sätzen belegt oder verbürgt."}
CHECK_LEFT = {
    "one": "Vor dem Senden müssen Sie für diesen Satz bürgen.",
    "other": "Vor dem Senden müssen Sie noch für {left} von {n} Sätzen bürgen.",
}
VOUCH = "Ich bürge dafür"
VOUCH_ALL = "Ich bürge für alle"
CONFIRM = "Der Kunde darf das lesen"
NO_SOURCE_SAYS = {
    "one": "Ein Satz ist nicht belegt oder beruht auf einem internen Dokument. Bürgen Sie dafür, oder ändern Sie ihn.",
    "other": "{n} Sätze sind nicht belegt oder beruhen auf internen Dokumenten. Bürgen Sie für jeden, oder ändern Sie ihn.",
}
PROVEN_ONES = {"one": "1 Satz ist belegt", "other": "{n} Sätze sind belegt"}
UNCHECKED = "Die Antwort konnte nicht geprüft werden. Für jeden Satz, den kein Dokument belegt, müssen Sie bürgen."

BESIDE = "Zu diesem Gespräch"
NOTE = "Die Übergabe des Bots"
NOTE_TRIED = "Frage an den Bot"
NOTE_NOTHING = "Der Bot wurde vorher nichts gefragt."
NOTE_NOTHING_SINCE = "Der Bot wurde nichts mehr gefragt, seit das Gespräch erledigt war."
NOTE_CLOSE = "Was er zitiert hat oder was ähnlich war"
SUMMARY = "Zusammenfassung"
WANTED = "Anliegen"
TRIED = "Bisher beantwortet"
OPEN = "Offen"
WANTED_STILL = "Anliegen, noch offen"
SUMMARY_NONE = "Seit das Gespräch geöffnet wurde, gab es nichts zusammenzufassen."
LEFT_OUT = "Was zugesagt wurde, steht hier nicht eigens: Lesen Sie dazu die Antworten."
SIMILAR = "Schon einmal gelöst"
SIMILAR_NONE = "Keines der gelösten Gespräche ist ähnlich."
ALIKE = "{share} ähnlich"
FILES = "Dateien"
SAVE_FILE = "{name}, {size}"
SEARCH_PASSAGES = "Dokumente durchsuchen"
SEARCH_PASSAGES_HINT = "Wörter oder eine Frage"
FIND = "Suchen"
PASSAGES = "Textstellen"
PASSAGES_NONE = "Zu „{text}“ ist keine Textstelle ähnlich genug."
KEEP = "Als Antwort aufheben"

GAPS = "Wissenslücken"
GAPS_WHY = (
    "Fragen, die die Dokumente nicht beantworten, die häufigsten zuerst. Schreiben Sie eine Antwort, und der Bot kennt sie."
)
GAPS_NONE = "Hier ist nichts offen: Was gefragt wurde, wurde beantwortet."
GAPS_SHOW = "Anzeigen"
GAPS_EARLIER = "Frühere"
GAP_ASKED = {"one": "einmal gefragt", "other": "{n}-mal gefragt"}
GAP_ALSO = "Auch so gefragt"
WRITE_ANSWER = "Antwort schreiben"
ANSWERS = "Antworten"
ANSWERS_NONE = "Noch keine."
ANSWER = "Antwort auf eine Frage"
ANSWER_STATES = {"draft": "Entwurf", "reviewed": "Gegengelesen", "published": "Veröffentlicht"}
AUDIENCES = {"public": "für Kunden", "internal": "nur intern"}
AUDIENCE = "Wer sie lesen darf"
QUESTION = "Frage"
ANSWER_TEXT = "Antwort"
SAVE_DRAFT = "Als Entwurf speichern"
SAVE = "Speichern"
REVIEW = "Gelesen, und es stimmt"
REVIEW_WHY = (
    "Jemand anderes als die Verfasserin oder der Verfasser liest gegen. Achten Sie auch auf Namen und Nummern von Kunden: Was "
    "veröffentlicht ist, lesen viele."
)
KEPT_AS_DRAFT = (
    "Sie haben den Text geändert: Er ist als Entwurf gespeichert, weiter ist nichts geschehen. Vor der Veröffentlichung muss "
    "ihn jemand gegenlesen."
)
KEPT = "Gespeicherte Fassung"
NOT_KEPT = "Ihr Text, nicht gespeichert"
PUBLISH = "Veröffentlichen und noch einmal fragen"
PUBLISH_DESPITE = "Trotzdem veröffentlichen"
PUBLISH_WHO = "Veröffentlicht wird sie von Redaktion oder Administration."
WITHDRAW = "Zurückziehen"
WITHDRAW_WHY = "Beim Zurückziehen verlässt ihr Dokument die Wissensdatenbank, und die Antwort ist wieder ein Entwurf."
KNOWN = "Was die Wissensdatenbank schon hat"
KNOWN_ANSWER = "Sie antwortet jetzt, aus {document}:"
KNOWN_NEAR = "Fast dasselbe steht in {document} ({share} der Wörter):"
KNOWN_NONE = "Nichts: weder eine Antwort noch eine Textstelle, die fast dasselbe sagt."
ASKED_AGAIN = "Noch einmal gefragt"
AGAIN_BY_IT = "damit beantwortet"
AGAIN_ELSEWHERE = "beantwortet, aber aus einem anderen Dokument"
AGAIN_NOT = "noch immer nicht beantwortet"
WRITTEN_BY = "Verfasst von {name}"
REVIEWED_BY = "gegengelesen von {name}"
SOMEBODY = "unbekannt"

NUMBER_MADE = "Vorgeschlagene Antworten"
NUMBER_TAKEN = "In eine Antwort übernommen"
NUMBER_UNCHANGED = "Unverändert gesendet"
NUMBER_CHANGED = "Geändert gesendet"
NUMBER_DISTANCE = "Davon geändert, im Mittel"

ASIDE = "Aussortiert"
ASIDE_WHY = "E-Mails, aus denen keine Nachricht wurde: von Programmen gesendet oder zurückgehalten. Nichts davon geht verloren."
ASIDE_NONE = "Keine E-Mail wurde aussortiert."
ASIDE_SAVE = "E-Mail herunterladen"
