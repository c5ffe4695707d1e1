"""What agents read beside a conversation, in English: proposals, evidence, summaries, and answers to gaps."""

PROPOSAL = "Proposed reply"
PROPOSE = "Propose a reply"
LOOKING = "Looking for an answer in the documents…"
FOR_QUESTION = "For “{question}”"
TAKE = "Take into the reply"
PROPOSED = {
    "one": "A reply is proposed: one sentence.",
    "other": "A reply is proposed: {n} sentences, {proven} proved by documents for customers.",
}
NOTHING_ASKED = "Nothing is open: the customer has asked nothing since the last reply."
NO_ANSWER_FOUND = "The documents do not answer this. Write by hand; it can be sent all the same."
NO_PROPOSAL_NOW = "No reply can be proposed now ({problem}). Write by hand; it can be sent all the same."
NO_BASE = "The base {base} of this conversation is not there. Choose another base, or write by hand."
JUST_CHANGED = "Something was said just now. A new reply is proposed as soon as the page shows it."
FAILED = "No reply could be proposed. Write by hand; it can be sent all the same."
TAKEN = "Taken into the reply."
BASE = "From"
ALL_BASES = "all bases"
FOR_STAFF = "for staff"
ASK_AGAIN = "Propose from this"
CLOSEST = "What came close"
SOURCES_SHOWN = "Sources"

VERDICTS = {"proven": "proved", "internal": "for staff", "unproven": "not proved"}
VERDICT_MEANS = {
    "proven": "a document for customers says this",
    "internal": "only a document for staff says this",
    "unproven": "no document says this",
}
OPEN_PASSAGE = "Open the passage"
WRONG = "This evidence is wrong"
WRONG_NOTED = "Noted: this evidence is wrong."
OFFERS = "Stands beside this rule"
INSERT = "Insert"
INSERT_LINK = "Insert with link"
CITED = "{text} ({title}: {url})"
INSERTED = "Inserted."

CHECKED = "Proof of the reply"
CHECKING = "Checking…"
CHECK_DONE = {"one": "Proved, or vouched for.", "other": "{n} of {n} sentences proved or vouched for."}
CHECK_LEFT = {
    "one": "Vouch for this sentence before it can be sent.",
    "other": "{left} of {n} sentences are for you to vouch for before it can be sent.",
}
VOUCH = "I vouch for this"
VOUCH_ALL = "I vouch for all of them"
CONFIRM = "The customer may read this"
NO_SOURCE_SAYS = {
    "one": "One sentence is not proved, or rests on a document for staff. Vouch for it, or change it.",
    "other": "{n} sentences are not proved, or rest on documents for staff. Vouch for each, or change it.",
}
PROVEN_ONES = {"one": "1 sentence is proved", "other": "{n} sentences are proved"}
UNCHECKED = "The reply could not be checked. Each sentence that no document proves has to be vouched for."

BESIDE = "About this conversation"
NOTE = "The bot’s note"
NOTE_TRIED = "Asked the bot"
NOTE_NOTHING = "The bot was asked nothing before."
NOTE_NOTHING_SINCE = "The bot was asked nothing since this was resolved."
NOTE_CLOSE = "What it quoted, or what came close"
SUMMARY = "Summary"
WANTED = "Wanted"
TRIED = "Answered so far"
OPEN = "Open"
WANTED_STILL = "Wanted, and still open"
SUMMARY_NONE = "Since this was opened, nothing was said that could be summed up."
LEFT_OUT = "What was promised is not told apart: look at the replies."
SIMILAR = "Solved before"
SIMILAR_NONE = "No conversation that was solved is like this one."
ALIKE = "{share} alike"
FILES = "Files"
SAVE_FILE = "{name}, {size}"
SEARCH_PASSAGES = "Search the documents"
SEARCH_PASSAGES_HINT = "Words, or a question"
FIND = "Find"
PASSAGES = "Passages"
PASSAGES_NONE = "No passage is near to “{text}”."
KEEP = "Keep as an answer"

GAPS = "Gaps"
GAPS_WHY = "Questions that the documents do not answer, those asked most often first. Write an answer, and the bot knows it."
GAPS_NONE = "Nothing is open here: what was asked was answered."
GAPS_SHOW = "Show"
GAPS_EARLIER = "Earlier ones"
GAP_ASKED = {"one": "asked once", "other": "asked {n} times"}
GAP_ALSO = "Also asked as"
WRITE_ANSWER = "Write an answer"
ANSWERS = "Answers"
ANSWERS_NONE = "None yet."
ANSWER = "Answer to a question"
ANSWER_STATES = {"draft": "Draft", "reviewed": "Reviewed", "published": "Published"}
AUDIENCES = {"public": "for customers", "internal": "for staff"}
AUDIENCE = "Who may read it"
QUESTION = "Question"
ANSWER_TEXT = "Answer"
SAVE_DRAFT = "Save as a draft"
SAVE = "Save"
REVIEW = "I have read it, and it is right"
REVIEW_WHY = (
    "Somebody else than its author reads it. Look for names and numbers of customers too: what is published is read by many."
)
KEPT_AS_DRAFT = (
    "You changed the text: it is saved as a draft, and nothing else was done. It is to be read before it is published."
)
KEPT = "What is kept"
NOT_KEPT = "What you typed is not kept"
PUBLISH = "Publish, and ask again"
PUBLISH_DESPITE = "Publish all the same"
PUBLISH_WHO = "Editors and administrators publish it."
WITHDRAW = "Withdraw"
WITHDRAW_WHY = "Withdrawing takes its document out of the base, and makes the answer a draft again."
KNOWN = "What the base has already"
KNOWN_ANSWER = "It answers now, from {document}:"
KNOWN_NEAR = "Much the same stands in {document} ({share} of the words):"
KNOWN_NONE = "Nothing: neither an answer, nor a passage that says much the same."
ASKED_AGAIN = "Asked again"
AGAIN_BY_IT = "answered by it"
AGAIN_ELSEWHERE = "answered, but from another document"
AGAIN_NOT = "still not answered"
WRITTEN_BY = "Written by {name}"
REVIEWED_BY = "reviewed by {name}"
SOMEBODY = "somebody"

NUMBER_MADE = "Replies proposed"
NUMBER_TAKEN = "Taken into a reply"
NUMBER_UNCHANGED = "Sent as proposed"
NUMBER_CHANGED = "Sent after a change"
NUMBER_DISTANCE = "Changed of their text, mean"

ASIDE = "Set aside"
ASIDE_WHY = "Mails that became no message: sent by programs, or held back. Nothing of them is thrown away."
ASIDE_NONE = "No mail was set aside."
ASIDE_SAVE = "Save the mail"
