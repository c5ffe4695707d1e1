"""What is said in the language of a message, in German: refusals, replies, hand-over."""

MESSAGE_EMPTY = "Die Frage ist leer: Schreiben Sie, was Sie wissen möchten."
MESSAGE_TOO_LONG = "Die Frage hat {characters} Zeichen; bitte kürzen Sie sie auf höchstens {most}."
VERDICTS = {"yes": "Ja.", "no": "Nein."}
ASK_BACK = "Was davon meinen Sie: {choices}?"
REFUSAL = "Dazu habe ich in den Dokumenten nichts gefunden."
NO_DOCUMENTS = "Es gibt noch keine Dokumente, aus denen ich antworten kann."
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
        "Ich helfe bei Fragen, die die Dokumente hier beantworten, und zeige, wo die Antwort steht. Bestellungen und "
        "Konten kann ich weder einsehen noch ändern."
    ),
    "complaint": (
        "Das tut mir leid. Sagen Sie mir, was Sie brauchen, dann sehe ich nach, was die Dokumente dazu sagen. Wenn Sie "
        "lieber mit einem Menschen sprechen möchten, sagen Sie es, dann suche ich, wie Sie jemanden erreichen."
    ),
    "data": (
        "Ich antworte aus Dokumenten und kann Bestellungen, Konten oder Personen nicht nachschlagen. Schreiben Sie, was "
        "Sie dazu wissen möchten, oder sagen Sie, dass Sie mit dem Kundenservice sprechen möchten."
    ),
    "acknowledgement": "Gut. Fragen Sie einfach, wenn Sie noch etwas wissen möchten.",
    "insult": (
        "Es tut mir leid, dass ich nicht helfen konnte. Sagen Sie es mit anderen Worten, dann versuche ich es noch "
        "einmal. Oder sagen Sie, dass Sie mit einem Menschen sprechen möchten."
    ),
    "handover": (
        "Ich bin ein Programm und kann Sie von hier aus nicht verbinden. So erreichen Sie laut den Dokumenten jemanden:"
    ),
    "handover-unknown": (
        "Ich bin ein Programm und kann Sie von hier aus nicht verbinden, und die Dokumente nennen keinen Kontakt. Bitte "
        "nutzen Sie die Kontaktdaten, die Sie von dieser Organisation kennen."
    ),
    "handover-desk": "Ich habe Ihr Gespräch an einen Menschen weitergegeben, der Ihnen hier antwortet.",
}
TALLY_HELD = "{n} von {rows} Zeilen in „{table}“ haben {held}."
TALLY_ALL = "„{table}“ hat {rows} Zeilen."
TALLY_EXTREME = "{which} unter {column} in den {rows} Zeilen von „{table}“: {value}."
TALLY_EXTREME_HELD = "{which} unter {column} in den {rows} Zeilen von „{table}“ mit {held}: {value}."
TALLY_SUM = "{column} in den {rows} Zeilen von „{table}“ ergibt zusammen {value}."
TALLY_SUM_HELD = "{column} in den {rows} Zeilen von „{table}“ mit {held} ergibt zusammen {value}."
TALLY_HIGHEST, TALLY_LOWEST = "Der höchste Wert", "Der niedrigste Wert"
TALLY_AND, TALLY_BETWEEN, TALLY_MORE = " und ", ", ", " und {n} weitere"
TALLY_YES = "ja"
CONTACT_QUESTION = "Wie lauten Telefonnummer und E-Mail-Adresse des Kundenservice?"
