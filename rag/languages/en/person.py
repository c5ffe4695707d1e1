"""What a customer reads about who has their conversation, in English. `{name}` is a person's name, `{n}` a number."""

PERSON = {
    "bot": "The assistant answers you.",
    "talk": "Talk to a person",
    "asked": "I would like to talk to a person.",
    "waiting": "You are waiting for a person: number {n} in the queue.",
    "next": "You are waiting for a person, and are next.",
    "closed": "Nobody is there just now; we are back {time}.",
    "open": "{name} has your conversation.",
    "snoozed": "{name} will come back to you here.",
    "resolved": "This conversation is closed. Write here if you need more.",
    "back": "Back to the assistant",
    "address": "Your e-mail, to answer there too",
    "leave": "Leave address",
    "left": "We also answer to {name}.",
    "rate": "How was it?",
    "stars": "{n} of 5",
    "comment": "What could be better? (optional)",
    "rated": "Thank you for your rating.",
    "somebody": "Our team",
    "you": "You wrote",
    "said": "{name} wrote",
    "write": "Write to {name}…",
    "writeteam": "Write to our team…",
    "status-waiting": "Your conversation was passed on to our team.",
    "status-open": "{name} has your conversation now.",
    "status-released": "Your conversation is waiting for another colleague.",
    "status-bot": "The assistant answers you again.",
    "status-resolved": "This conversation was closed.",
    "status-reopened": "Your conversation is open again.",
}

WITH_PEOPLE = "A person has this conversation now; the assistant does not answer in it."
NO_CASE = "This conversation is not at the desk: it was deleted, has expired, or was never passed on."
NO_ADDRESS = "{address!r} is no e-mail address; it looks like name@example.com."
NO_MAIL = "We do not answer by e-mail: our answer will be here, in this conversation."
TEXT_EMPTY = "The text is empty."
TEXT_TOO_LONG = "The text has {n} characters; at most {most} can be sent."
RATING_BAD = "{value!r} is no rating: 1 to 5."
NOT_RATED = "A conversation can be rated when it is closed."
KEY_USED = "The key {key!r} was used for another text; every message has a key of its own."
NOT_NOW = "This cannot be done as your conversation stands now."
