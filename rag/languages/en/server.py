"""What the server says besides the page, in English: sign-in, conversations, unanswered questions, limits and faults."""

SIGN_IN = "Sign in"
SIGN_OUT = "Sign out"
SIGN_IN_FIRST = "Please sign in to do this."
SIGN_IN_WITH = "Sign in with {provider}"
SIGNED_IN_AS = "You are signed in as {name}, {role}."
ROLES = {"visitor": "visitor", "agent": "agent", "editor": "editor", "admin": "administrator"}
ACCOUNT = "Your account"
ACCOUNT_NAME = "Name"
ACCOUNT_NAME_BAD = "“{name}” is no name: take 1 to {longest} visible characters."
ACCOUNT_NAME_TAKEN = "There is an account named “{name}” already; take another name."
ACCOUNT_EXISTS = "There is an account already: sign in."
ACCOUNT_DISABLED = "This account has been disabled: ask an administrator."
PW = "Password"
PW_OLD = "Password until now"
PW_NEW = "New password"
PW_RULE = "At least {shortest} characters."
PW_CHANGE = "Change the password"
PW_CHANGED = "The password has been changed; other browsers have been signed out."
PW_LENGTH = "The password has {length} characters; take {shortest} to {longest}."
PW_BLANK = "The password is blank: take one with letters or digits in it."
PW_WRONG = "Name and password do not fit. Please try again."
TOO_MANY_TRIES = "Too many tries. Please wait {minutes}."
SIGN_IN_FAILED = "Signing in did not work. Please try again."
SETUP = "The first account"
SETUP_WHY = "Nobody has an account on this server yet. This one becomes its administrator."
MAKE_ACCOUNT = "Make the account"
SETUP_LINK_OVER = "This link is not valid, or has been used. A restart prints another, while there is no account."
BAD_FIELDS = "Missing or not readable: {fields}."
NOT_ALLOWED = "Your account may not do this: ask an administrator for another role."
WRONG_HOST = "This server is not known as “{host}”; who hosts it can name it in RAG_TRUSTED_HOSTS."
FOREIGN_SITE = "This request comes from another web site, and is refused."
BAD_REQUEST = "This request cannot be read."
TOO_LARGE = "This request is too large: at most {most} bytes."
TOO_SLOW = "This request was not sent within {seconds}."
TOO_OFTEN = "This key has been used too often: try again in {seconds}."
NO_PAGE = "There is no such page."
NO_PUBLIC_BASE = "There is nothing here to ask without signing in."

CONVERSATIONS = "Conversations"
NO_CONVERSATION = "This conversation is not there: it was deleted, has expired, or belongs to somebody else."
NO_CONVERSATIONS = "Nothing is kept yet. What you ask appears here, for you alone."
NO_MATCH = "No conversation contains “{text}”."
NOT_KEPT = "Conversations are not kept for you here: sign in, or allow this site its cookie."
KEPT_VISITOR = "Kept in this browser for {days} after your last visit. Nobody else sees them."
KEPT_ACCOUNT = "Kept with your account. Nobody else sees them."
SEARCH = "Search"
SEARCH_HINT = "Words in questions and answers"
QUESTIONS = {"one": "1 question", "other": "{n} questions"}
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
DELETED_ALL = "Your conversations have been deleted."

GAPS = "Questions without an answer"
GAPS_LINK = "Questions without an answer"
GAPS_WHY = "Refused, passed to people or found unhelpful; questions that mean the same are one entry, the most asked first."
GAPS_NONE = "No question has been left without an answer."
GAPS_OF = "Knowledge base"
GAPS_SHOW = "Show"
GAP_KINDS = {
    "refused": {"one": "refused once", "other": "refused {n} times"},
    "handover": {"one": "passed to people once", "other": "passed to people {n} times"},
    "disliked": {"one": "found unhelpful once", "other": "found unhelpful {n} times"},
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

UNAVAILABLE = "This cannot be done just now. Who hosts this has been told; please try again later."
WRITING = "The documents are being written by another program: try again when it has ended."
NOT_THERE = "This is not there any more."
TOO_MANY_WAITING = {
    "one": "1 of your questions is waiting already. Please ask again when it has been answered, in about {seconds}.",
    "other": "{n} of your questions are waiting already. Please ask again when one has been answered, in about {seconds}.",
}
TOO_MANY_ASKED = "You have asked many questions within a minute. Please wait {seconds}."
TOO_MANY_REQUESTS = "Too many requests. Please wait {seconds}."
TOO_MANY_UPLOADED = "You have sent files of {most} MB within a day. Please wait {minutes}."
UPLOAD_WITHOUT_LENGTH = "Say how large the upload is (Content-Length)."
QUEUE_FULL = "Many people are asking just now. Please try again in about {seconds}."
SERVER_STOPPING = "The server is being stopped. Please ask again in a minute."

DESK = "Desk"
WIDGETS = "In the pages of other sites"
WIDGETS_WHY = "Each line goes to the end of a site's pages, or into their head, and works there only. A click selects it."
WIDGETS_NONE = "There is no widget yet. Who hosts this makes one:"
WIDGET_TRY = "See it in a page"
WIDGET_SIGNED = "The site names its users: the signature of each is made on its server."
WIDGET_EXAMPLE = "The widget is in this page, as a site's visitors see it. This is what their pages need:"
WIDGET_GUEST = "Here you are a guest; a site that names its users shows them the conversations they had."
