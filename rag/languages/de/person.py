"""What a customer reads about who has their conversation, in German. `{name}` is a person's name, `{n}` a number."""

PERSON = {
    "who": "Wer Ihr Gespräch hat",
    "bot": "Der Assistent antwortet Ihnen.",
    "talk": "Mit einem Menschen sprechen",
    "asked": "Ich möchte mit einem Menschen sprechen.",
    "waiting": "Sie warten auf einen Menschen: Nummer {n} in der Reihe.",
    "next": "Sie warten auf einen Menschen und sind als Nächstes an der Reihe.",
    "closed": "Gerade ist niemand da; wir sind wieder da: {time}.",
    "open": "{name} hat Ihr Gespräch.",
    "snoozed": "{name} meldet sich hier wieder bei Ihnen.",
    "resolved": "Dieses Gespräch ist abgeschlossen. Schreiben Sie hier, wenn Sie noch etwas brauchen.",
    "back": "Zurück zum Assistenten",
    "address": "Ihre E-Mail, um auch dort zu antworten",
    "leave": "Adresse hinterlassen",
    "left": "Wir antworten auch an {name}.",
    "rate": "Wie war es?",
    "stars": "{n} von 5",
    "comment": "Was könnte besser sein? (freiwillig)",
    "rated": "Danke für Ihre Bewertung.",
    "somebody": "Unser Team",
    "you": "Sie schrieben",
    "said": "{name} schrieb",
    "write": "Schreiben Sie {name} …",
    "writeteam": "Schreiben Sie unserem Team …",
    "status-waiting": "Ihr Gespräch wurde an unser Team weitergegeben.",
    "status-open": "{name} hat jetzt Ihr Gespräch.",
    "status-released": "Ihr Gespräch wartet auf eine andere Person.",
    "status-bot": "Der Assistent antwortet Ihnen wieder.",
    "status-resolved": "Dieses Gespräch wurde abgeschlossen.",
    "status-reopened": "Ihr Gespräch ist wieder offen.",
}

WITH_PEOPLE = "Dieses Gespräch hat jetzt ein Mensch; der Assistent antwortet darin nicht."
NO_CASE = "Dieses Gespräch ist nicht beim Kundenservice: Es wurde gelöscht, ist abgelaufen oder wurde nie weitergegeben."
NO_ADDRESS = "{address!r} ist keine E-Mail-Adresse; sie sieht aus wie name@example.com."
TEXT_EMPTY = "Der Text ist leer."
TEXT_TOO_LONG = "Der Text hat {n} Zeichen; höchstens {most} lassen sich senden."
RATING_BAD = "{value!r} ist keine Bewertung: Vergeben Sie 1 bis 5."
NOT_RATED = "Ein Gespräch lässt sich bewerten, wenn es abgeschlossen ist."
KEY_USED = "Der Schlüssel {key!r} gehört schon zu einem anderen Text; jede Nachricht hat ihren eigenen."
NOT_NOW = "Das geht nicht, so wie Ihr Gespräch gerade steht."
