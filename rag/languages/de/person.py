"""What a customer reads about who has their conversation, in German. `{name}` is a person's name, `{n}` a number."""

PERSON = {
    "bot": "Der Assistent antwortet Ihnen.",
    "talk": "Mit einem Menschen sprechen",
    "asked": "Ich möchte mit einem Menschen sprechen.",
    "waiting": "Sie warten auf unser Team: Platz {n} in der Warteschlange.",
    "next": "Sie warten auf unser Team und sind als Nächstes an der Reihe.",
    "closed": "Zurzeit ist niemand da. Wieder erreichbar: {time}.",
    "open": "{name} betreut Ihr Gespräch.",
    "snoozed": "{name} meldet sich hier wieder bei Ihnen.",
    "resolved": "Dieses Gespräch ist abgeschlossen. Schreiben Sie hier, wenn Sie noch etwas brauchen.",
    "back": "Zurück zum Assistenten",
    "address": "Ihre E-Mail-Adresse für unsere Antwort",
    "leave": "Adresse hinterlassen",
    "left": "Wir antworten Ihnen auch an {name}.",
    "rate": "Wie zufrieden waren Sie?",
    "stars": "{n} von 5",
    "comment": "Was könnte besser sein? (optional)",
    "rated": "Danke für Ihre Bewertung.",
    "somebody": "Unser Team",
    "you": "Sie schrieben",
    "said": "{name} schrieb",
    "write": "Nachricht an {name} …",
    "writeteam": "Nachricht an unser Team …",
    "status-waiting": "Ihr Gespräch wurde an unser Team weitergegeben.",
    "status-open": "{name} hat Ihr Gespräch übernommen.",
    "status-released": "Ihr Gespräch wartet auf ein anderes Teammitglied.",
    "status-bot": "Der Assistent antwortet Ihnen wieder.",
    "status-resolved": "Dieses Gespräch wurde abgeschlossen.",
    "status-reopened": "Ihr Gespräch ist wieder offen.",
}

WITH_PEOPLE = "Dieses Gespräch hat ein Mensch übernommen; der Assistent antwortet hier nicht."
NO_CASE = "Dieses Gespräch liegt dem Kundenservice nicht vor: Es wurde gelöscht, ist abgelaufen oder wurde nie weitergegeben."
NO_ADDRESS = "„{address}“ ist keine E-Mail-Adresse; eine solche sieht aus wie name@example.com."
NO_MAIL = "Wir antworten nicht per E-Mail: Unsere Antwort finden Sie hier in diesem Gespräch."
TEXT_EMPTY = "Der Text ist leer."
TEXT_TOO_LONG = "Der Text hat {n} Zeichen; höchstens {most} lassen sich senden."
RATING_BAD = "{value} ist keine Bewertung: Vergeben Sie 1 bis 5."
NOT_RATED = "Ein Gespräch lässt sich bewerten, wenn es abgeschlossen ist."
KEY_USED = "Der Schlüssel „{key}“ gehört schon zu einem anderen Text; jede Nachricht braucht einen eigenen."
NOT_NOW = "Das ist beim jetzigen Stand Ihres Gesprächs nicht möglich."
