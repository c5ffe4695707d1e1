"""English: what people read about kept conversations and passages found again, editors about unanswered questions."""

CONVERSATIONS = "Conversations"
NO_CONVERSATION = "This conversation is not there: it was deleted, has expired, or belongs to somebody else."
NO_CONVERSATIONS = "Nothing is kept yet. What you ask appears here, for you alone."
NO_MATCH = "No conversation contains “{text}”."
NOT_KEPT = "Conversations are not kept for you here: sign in, or allow this site its cookie."
KEPT_VISITOR = "Kept in this browser for {days} days after your last visit. Nobody else sees them."
KEPT_ACCOUNT = "Kept with your account. Nobody else sees them."
SEARCH = "Search"
SEARCH_HINT = "Words in questions and answers"
QUESTIONS = ("1 question", "{n:,} questions")
MANAGE = "Rename, export, delete"
TITLE = "Title"
TITLE_EMPTY = "The title is empty: type one, or leave it as it is."
RENAME = "Rename"
EXPORT_TEXT = "Export as text"
EXPORT_JSON = "Export as JSON"
EXPORT_FROM = "Conversation of {day} with “{base}”"
DELETE_ONE = "Delete for good"
DELETE_ALL = "Delete all conversations"
DELETE_ALL_SURE = "All of them are deleted for good. This cannot be undone."
DELETED_ALL = ("1 conversation has been deleted.", "{n:,} conversations have been deleted.")

GAPS = "Questions without an answer"
GAPS_LINK = "Questions without an answer"
GAPS_WHY = "Refused, passed to people or found unhelpful; questions that mean the same are one entry, the most asked first."
GAPS_NONE = "No question has been left without an answer."
GAPS_OF = "Knowledge base"
GAPS_SHOW = "Show"
GAP_KINDS = {
    "refused": ("refused once", "refused {n:,} times"),
    "handover": ("passed to people once", "passed to people {n:,} times"),
    "disliked": ("found unhelpful once", "found unhelpful {n:,} times"),
}
GAP_LAST = "last on {day}"
GAP_ALSO = "Asked as well"
GAP_REASONS = "What was wrong"
GAP_NEAREST = "Nearest passages"
GAP_NOTHING_NEAR = "No passage comes near."
GAPS_EARLIER = "Less asked"

FOUND = {
    "same": "",
    "moved": "The document has changed since; this passage has moved in it.",
    "changed": "This passage has changed since it was quoted.",
    "elsewhere": "This passage now stands in another document.",
    "gone": "This passage is not in the documents any more.",
}
"""What is said of where a passage that was quoted once was found."""
