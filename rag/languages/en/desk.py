"""What agents read at the desk, in English. `{time}` is a span of time, or how long ago."""

DESK = "Desk"
SKIP = "Skip to the conversations"
SEARCH = "Search"
SEARCH_HINT = "Search conversations"
SEARCH_NONE = "No conversation contains “{text}”."
SEARCH_EMPTY = "Type a name, an address, a label or words of a conversation."
NUMBERS = "Numbers"
SETTINGS = "Settings"
GAPS = "Gaps"
PAGE = "Chat"
QUEUES = "Queues"
VIEWS = {"mine": "Mine", "waiting": "Waiting", "team": "My teams", "snoozed": "Snoozed", "all": "Unresolved"}
LATE = "{n} late"
PRIORITIES = {"low": "Low", "normal": "Normal", "high": "High", "urgent": "Urgent"}
PRIORITY = "{name} priority"
STATES = {"bot": "With the bot", "waiting": "Waiting", "open": "Open", "snoozed": "Snoozed", "resolved": "Resolved"}
OVERDUE = "Overdue {time}"
DUE = "Due {time}"
WAITS = "waits {time}"
JUST_NOW = "just now"
OWNED = "with {name}"
MINE = "with you"
UNTIL = "until {time}"
UNTIL_REPLY = "until a reply"
UNKNOWN = "Visitor {n}"

EMPTY = {
    "mine": "You have no conversation.",
    "waiting": "Nobody is waiting.",
    "team": "Your teams have no conversation.",
    "snoozed": "Nothing is snoozed.",
    "all": "Nothing is unresolved.",
}
EMPTY_FIRST = "Customers come here when they ask for a person, in the chat or in the widget. Then:"
EMPTY_STEPS = (
    "Open Waiting and take the first: those overdue stand at the top, then the urgent, then who has waited longest.",
    "Read what the bot has tried. Claim the conversation, and write. What you type is kept as you type it.",
    "Type / in the reply for ready-made texts. A note is for colleagues; customers never see it.",
    "Resolve it when it is done, or snooze it until a time or a reply.",
)
EMPTY_KEYS = "Everything has a short key: press ? to see them."
EMPTY_OTHERS = {"one": "1 waits for somebody:", "other": "{n} wait for somebody:"}
EMPTY_OPEN_WAITING = "open Waiting"

BACK = "Back to the list"
NEXT = "Next"
PREVIOUS = "Previous"
CLAIM = "Claim"
TAKE_OVER = "Take over"
ASSIGN = "Assign"
ASSIGN_TO = "To whom"
TO_WAITING = "Back to waiting"
TO_BOT = "Give to the bot"
SNOOZE = "Snooze"
SNOOZES = {
    "hour": "1 hour",
    "afternoon": "4 hours",
    "tomorrow": "Tomorrow",
    "week": "In a week",
    "reply": "Until a reply",
}
SNOOZE_UNTIL = "Until"
RESOLVE = "Resolve"
RESOLVE_NEXT = "Resolve, next"
REOPEN = "Reopen"
WAKE = "Wake"
LABELS = "Labels"
LABEL_NEW = "New label"
MORE = "More"
PRIORITY_SET = "Priority"
TEAM = "Team"
SAVE = "Save"
ADD = "Add"
REMOVE = "Remove"

REPLY = "Reply"
NOTE = "Note"
REPLY_HINT = "Write to the customer. Type / for canned replies."
NOTE_HINT = "For colleagues only. The customer never sees it."
SEND = "Send"
ADD_NOTE = "Add note"
TO = "To"
NOT_TO = "Colleagues only"
CANNED = "Canned replies"
CANNED_NONE = "No canned replies yet: write some under Settings."
DRAFT_SAVED = "Draft saved"
DRAFT_UNSAVED = "Draft not saved yet; trying again"
DRAFT_LONG = "Too long: only the first {most} characters are kept as a draft, and it cannot be sent"
DISCARD = "Discard draft"
RESTORE = "Bring back a discarded draft"
SENDING = "Sending…"
SENT = "Sent."
NOTED = "Note added."
CUSTOMER_WROTE = "The customer has written while you were writing. What you typed is still here."
READDRESSED = "The customer has left another address: your reply goes to {name} now. What you typed is still here."
ELSEWHERE = "You have written something else here in another tab. This tab keeps its text; the other one is:"
TAKE_OTHER = "Write on with the other"
KEEP_MINE = "Keep this one"
KEY_USED = "Your first text was sent already. What you have changed since is still here."
DELETED = "This conversation was deleted."
FAILED = "That did not work. What you typed is still here."
UNSURE = "The connection broke while sending. Send again: it cannot arrive twice."
ANSWERED = "{name} answered while you were writing. What you typed is still here."
ANSWERED_AGO = "{name} answered {time}. Your text was not sent, and is still here."
READ = "I have read it"
STALE = "The connection to the desk is lost. What you see may be old, and sending waits until it is back."
BACK_AGAIN = "The connection is back."
ASSIGNED = "{name} is with you now."
SEARCH_FOR = "Search for “{text}”"
WRITING = {"one": "{names} is writing", "other": "{names} are writing"}

TIMELINE = "Conversation"
CUSTOMER = "Customer"
CUSTOMER_NAME = "Name"
CUSTOMER_ADDRESS = "Address"
CUSTOMER_CHANNEL = "Comes from"
CUSTOMER_BASE = "Knowledge base"
CHANNELS = {"page": "the chat page", "widget": "the widget", "api": "a program", "mail": "e-mail"}
HISTORY = "Earlier conversations"
HISTORY_NONE = "This is the first."
REASON = "Why it came here"
REASONS = {
    "customer_request": "The customer asked for a person",
    "missing_knowledge": "The documents do not answer it",
    "unsupported_request": "Something the bot cannot do",
    "policy_restriction": "A matter for people",
    "tool_failure": "The bot failed",
    "pending_clarification": "It was not clear what is asked",
    "usage_limit": "Too many questions",
    "complaint": "A complaint",
    "low_confidence": "The bot was not sure",
    "direct": "Written to people",
}
BOT = "Bot"
AGENT_IS_GONE = "Former colleague"
DELIVERED = "arrived"
WAITING_TO_SEE = "on its way"
NOT_MAILED = "not mailed: RAG_MAIL_SMTP is not set"
NO_MAIL_TO = "no mail goes to {address}: RAG_MAIL_SMTP is not set"

KEYS = "Keys"
KEYS_ON = "Single keys are on (in this browser)"
CLOSE = "Close"
PALETTE = "What would you like to do?"
CTRL = "Ctrl"
KEY_NAMES = {
    "j k": "next, previous",
    "Enter": "open",
    "c": "claim",
    "r": "reply",
    "n": "note",
    "e": "resolve",
    "E": "resolve and next",
    "z": "snooze",
    "a": "assign",
    "l": "label",
    "m": "priority, team",
    "s": "sources of the proposal",
    "Tab": "in an empty reply: the proposal",
    "/": "canned reply; on lists: search",
    "Ctrl Enter": "send",
    "Ctrl K": "everything, by name",
    "Esc": "close, leave the text, back to the list",
    "?": "this",
}

NUMBERS_OF = "The last"

NOT_ON = "The desk is off. It is on as soon as an account has the role agent, or with RAG_DESK=on."
NO_CANNED = "There is no such canned reply."
LOCAL = "You"
HERE = "Here"
AWAY = "Away"
GONE = "not there"
HERE_WHY = "You count as here. Press to be away: what opens again goes to the queue then, and not to you."
AWAY_WHY = "You count as away: what opens again goes to the queue, and not to you. Press to be here."
BE_AWAY = "Be away"
BE_HERE = "Be here again"
SHOW = "Show"
SHOW_MORE = "Show more"
TOOLS = "What to do"
NO_TEAM = "All teams"
WRITE = "Write"
SOURCES = "Sources"
RATING = "Rating"
NO_TIME = "“{value}” is no time to come."
ANYWAY = "Do it anyway"
ANSWERS = {
    "answered": "checked against the documents",
    "quoted": "quoted from the documents",
    "refused": "the documents do not say",
    "handover": "passed on",
    "none": "the bot gave no answer: it failed, or was stopped",
}
THE_CUSTOMER = "The customer"
BY_ITSELF = "The desk"
TAKEN_OVER = "{who} took this over"
DONE = {
    "hand_over": "Handed over to people. {reason}",
    "begun": "",
    "claim": "{who} has this now",
    "assign": "{who} gave this to {to}",
    "release": "{who} put this back to waiting",
    "time_out": "No reply in time: back to waiting",
    "give_back": "{who} gave this to the bot",
    "back_to_bot": "{who} went back to the bot",
    "snooze": "{who} snoozed this",
    "wake": "{who} woke this",
    "resolve": "{who} resolved this",
    "reopen": "{who} reopened this",
    "labelled": "{who} changed the labels",
    "priority": "{who} changed the priority",
    "team": "{who} changed the team",
    "address": "{who} left an address",
    "recipient": "{who} changed the recipient",
    "rated": "{who} rated this {value} of 5",
    "mail": "A program wrote a mail, which was set aside",
    "undelivered": "A reply could not be delivered: the customer has not had it",
}
"""What an event is to read; `who` did it, `to` whom, `value` of what."""
NUMBERS_NOTE = "All hours count in the time to the first reply, closed ones too. No agent is ranked here."
NUMBER_CAME = "Came to people"
NUMBER_FIRST = "First reply, half within"
NUMBER_FIRST_90 = "First reply, nine of ten within"
NUMBER_RESOLVED = "Resolved"
NUMBER_REOPENED = "Reopened by the customer"
NUMBER_RATING = "Rating, mean of {n}"
NUMBER_ALONE = "Without a person, of {n}"
BY_LABEL = "By label"
BY_BASE = "By knowledge base"
SAVED = "Saved."
NOT_SET = "That cannot be set: {problem}"
NO_SPAN = "“{value}” is no span of hours, as 09:00-17:00"
NO_NUMBER = "“{value}” is no number"
CANNED_WHY = "Inserted by / and their name. {customer}, {agent}, {conversation} and {base} are filled in."
CANNED_HINT = "Hello {customer}, this is {agent}. …"
SHORTCODE = "Name, typed after /"
SHORTCODE_HINT = "hello"
TEXT = "Text"
SCOPE = "For"
SCOPE_OWN = "me alone"
SCOPES = {"all": "everybody"}
HOURS = "Opening hours and targets"
HOURS_WHY = (
    "Customers are told when somebody is there, and targets stand still while nobody is. As 09:00-12:00, 13:00-17:00; empty "
    "is closed."
)
ZONE = "Time zone"
CLOSED = "closed"
HOLIDAYS = "Closed days, with spaces between; without a year they are of every year"
TARGETS = {
    "first_minutes": "Minutes to the first reply (0: no target)",
    "next_minutes": "Minutes to each further reply (0: no target)",
    "assign_minutes": "Minutes without a reply after which it goes back to waiting (0: never)",
    "reopen_days": "Days in which a resolved conversation is opened again when the customer writes",
    "capacity": "Open conversations that an agent takes",
}
AGENTS = "Agents and teams"
AGENTS_WHY = "Everybody who has opened the desk. Accounts are made with `rag accounts add NAME --role agent`."
TEAMS = "Teams"
TEAMS_HINT = "billing, returns"
CAPACITY = "Takes"
YOUR_NAME = "Your name for customers"
YOUR_NAME_WHY = "It stands above your replies. Nobody can sign in with it; left empty, it is your account’s name."
SETTINGS_OTHERS = "Opening hours, targets, teams and replies for everybody are set by editors and administrators."
