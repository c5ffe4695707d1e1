"""Every English sentence the page says, in one place, so that another language is one more file like this."""

NAME = "Footnote"
TAGLINE = "Answers from your documents, word by word with their sources."
TAB_CHAT = "Chat"
TAB_KNOWLEDGE = "Knowledge"

QUESTION = "Your question"
QUESTION_HINT = "Ask a question…"
SEND = "Send"
STOP = "Stop"
CLEAR = "New conversation"

WELCOME = "What would you like to know?"
WELCOME_BASE = "I answer from {files} with {passages}, and show the words each answer rests on."
WELCOME_EMPTY = "There is nothing to answer from yet. Add documents on the Knowledge tab, then ask about them here."
WELCOME_EXAMPLES = "Questions these documents answer"

YOU = "You asked"
SEARCHING = "searching…"
CHECKING = "draft, checking…"
STOPPED = "stopped"
FAILED = "failed"
STATUS = {
    "answered": "answered",
    "quoted": "quoted from the document",
    "refused": "nothing found",
    "social": "a reply",
    "handover": "passed on to a person",
    "asked": "a question back",
}
STATUS_HINT = {
    "answered": "Written by the language model and checked word by word against the passages",
    "quoted": "These are the document's own words: the model's draft was not supported well enough",
    "refused": "No passage answers this question",
    "social": "This needs no passage",
    "handover": "A person can help with this",
    "asked": "Answer this, and the question can be answered",
}
LEFT_OUT = "Left out: what the model wrote besides, and is not borne out"
STOPPED_EARLY = "Stopped before anything was written."
SOURCE = "Source {n}: {title}"
UNSUPPORTED = "No passage supports these words"
UNSUPPORTED_LEGEND = "Dotted words have no source."
CONFIDENCE = ((0.6, "likely right"), (0.3, "check the source"), (0.0, "unsure"))
SECONDS = "{seconds:.1f} s"
SEARCHED = "Searched for"
CLOSEST = "What came closest"

COPY = "Copy"
COPIED = "Copied"
RETRY = "Ask again"
EDIT = "Edit"
EDIT_SEND = "Ask this instead"
LIKE = "Helpful"
DISLIKE = "Not helpful"
DISLIKE_WHY = "What is wrong with it?"
DISLIKE_COMMENT = "The right answer in a document's words, or more, if you like"
DISLIKE_SEND = "Send feedback"
REASONS = {
    "wrong": "It is wrong",
    "not in the source": "It is not in the source",
    "incomplete": "It is incomplete",
    "other": "Something else",
}
THANKS = "Thank you, noted."

EVIDENCE = "Evidence"
EVIDENCE_EMPTY = "The passages an answer rests on appear here, with the words that matter marked."
EVIDENCE_READING = "Reading these passages…"
EVIDENCE_NONE = "No passage came close."
EVIDENCE_REFUSED = "These passages came closest, and none of them answers the question."
EVIDENCE_CLOSEST = "Came close but was not used: {passages}"
PASSAGES = ("1 passage", "{n:,} passages")
FILES = ("1 file", "{n:,} files")
SCORE = "{score:.0%} sure"
SCORE_HINT = "How likely this passage is the one that answers, as measured on questions with known answers"
PAGE = "page {page}"
WEIGHT = "weight {weight:.2f}"
WEIGHT_ANSWER = "the answer, weight {weight:.2f}"
OPEN = "Show in document"
BACK = "Back to the answer"

READER_RANGE = "Characters {start:,} to {end:,} of {length:,}"
READER_EARLIER = "Earlier"
READER_LATER = "Later"
READER_CLOSE = "Close"

ADD = "Add documents"
ADD_HINT = "Drop files here or choose them: {suffixes}. At most {megabytes} MB each."
FILTER = "Filter"
FILTER_HINT = "Filter by name or title"
DOCUMENTS = "Documents"
FILE_STATES = {"ready": "ready", "pending": "waiting", "quarantined": "could not be read"}
FILE_COLUMNS = ("Document", "State", "Passages", "Size")
FILES_NONE = "No documents yet. Add some above."
FILES_NO_MATCH = "No document matches “{filter}”."
FILES_MORE = "The first {shown:,} of {all:,} are listed. Filter to find the others."
ROWS = ("", "{n:,} entries")
VIEW = "View"
REREAD = "Re-read"
DELETE = "Delete"
DELETE_SURE = "Delete “{name}”? Answers no longer use it."
DELETE_YES = "Delete for good"
DELETED = "Deleted {name}."
READING_FILES = "Reading the files"
REPORT = "{added} added, {replaced} replaced, {unchanged} unchanged"
REPORT_FAILED = "{files} could not be read"
UNEXPECTED = "Something went wrong on our side. It was logged; please try again."
