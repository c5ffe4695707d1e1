"""English: what agents read about a conversation that people have. What customers read of it is in each language."""

STATUS = {
    "waiting": "Your conversation was passed on to our team. You can go on writing here.",
    "open": "{name} has your conversation now.",
    "released": "Your conversation is waiting for another colleague.",
    "bot": "The assistant answers you again.",
    "resolved": "This conversation was closed. Write again if you need more.",
    "reopened": "Your conversation is open again.",
}
"""By the key that a status message has; {name} is the agent's."""

ILLEGAL = "A conversation that is {source} cannot be taken to {target} by {move} ({by})."
ANSWERED = (
    "{name} answered {seconds} s ago. Your text is kept as a draft: read the answer, then send yours if it is still needed."
)
CUSTOMER_WROTE = "The customer wrote {seconds} s ago. Your text is kept as a draft: read what they wrote, then send."
CHANGED = "{name} changed this conversation {seconds} s ago ({kind}): look at it again."
NOT_YOURS = "{name} has this conversation: take it over first."
WRONG_RECIPIENT = "This reply was written to {shown!r}, but the conversation is with {recipient!r}: nothing is sent."
FULL = "{name} has {open} of {capacity} conversations open."
NO_DRAFT = "There is no such draft, or it was kept for {days} days and is gone."
NO_AGENT = "No agent is known as {id!r}."
NO_CANNED = "There is no such canned reply."
SHORTCODE = "{code!r} is no shortcode: 1 to 40 letters, digits, - and _."
SHORTCODE_TAKEN = "There is a canned reply {code!r} already."
SCOPE = "{scope!r} is no scope: all, team:NAME or agent:ID."
LINE = "{what} {value!r} is no line of 1 to {most} characters."
PRIORITY = "{value!r} is no priority: 0 (low) to 3 (urgent)."
UNTIL_PAST = "{until} is over already."
VIEW = "{view!r} is no view: {views}."
SETTING = "The desk's settings cannot be used: {problem}"
SOMEBODY = "A colleague"
CUSTOMER = "The customer"
