"""English: what agents read of proposals, gaps, mails and webhooks."""

PROPOSAL_GONE = "Something was said since this was proposed: it does not fit any more. Look at the conversation again."
NO_ANSWER = "There is no such answer: it was deleted."
ANSWER_CHANGED = "Somebody has changed this answer meanwhile (it is {state}, version {version}). Look at it again."
ANSWER_STATE = "An answer that is {state} cannot be {wanted}: {hint}"
PUBLISHED_HINT = "withdraw it first"
DRAFT_HINT = "have it reviewed first"
ANSWER_EMPTY = "An answer needs a question and a text."
ANSWER_LONG = "The {what} has {n:,} characters; at most {most:,} are taken."
DUPLICATE = (
    "The base answers this already, from {document}: “{text}”. Change that document, or publish yours all the same if it says "
    "something else."
)
NOT_READ = "The answer could not be read into the base: {message}"
NO_REPLY = "There is no such reply in this conversation."
