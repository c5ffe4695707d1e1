"""What is said in the language of a message, in English: refusals, replies, hand-over."""

MESSAGE_EMPTY = "The question is empty: type what you want to know."
MESSAGE_TOO_LONG = "The question has {characters} characters; ask in at most {most}."
VERDICTS = {"yes": "Yes.", "no": "No."}
ASK_BACK = "Which one do you mean: {choices}?"  # behind an answer; choices as the documents name them
REFUSAL = "I found nothing in the documents that answers this."
NO_DOCUMENTS = "There are no documents to answer from yet."
# What is said to a message that asks nothing of the documents; {name} is the assistant's. A maintainer may say it otherwise.
REPLIES = {
    "greeting": "Hello! Ask me what you would like to know, and I will help with what the documents here say.",
    "thanks": "You're welcome! Just ask if there is anything else.",
    "bye": "Goodbye, and come back whenever you have a question.",
    "about-bot": (
        "I am {name}, an assistant program and not a person. I answer from the documents here and show the words that "
        "each answer rests on. If you would rather talk to a person, just say so."
    ),
    "capability": (
        "I help with questions that the documents here answer, and show where each answer stands. I cannot look into "
        "orders or accounts, or change anything there."
    ),
    "complaint": (
        "I am sorry about that. Tell me what you need and I will see what the documents say. If you would rather talk "
        "to a person, say so, and I will look for how to reach one."
    ),
    "data": (
        "I answer from documents and cannot look up orders, accounts or people. Tell me what you would like to know "
        "about it, or ask for a person from customer support."
    ),
    "acknowledgement": "Good. Just ask if there is anything else.",
    "insult": "I am sorry that I was of no help. Put it in other words and I will try again, or ask for a person.",
    "handover": (
        "I am a program and cannot put you through to a person from here. This is what the documents say about how to "
        "reach one:"
    ),
    "handover-unknown": (
        "I am a program and cannot put you through to a person from here, and the documents name no contact. Please use "
        "the contact that you know of this organisation."
    ),
    "handover-desk": "I have passed your conversation on to a person, who will answer you here.",
}
# A count over the rows of a table, and the rows with the most or the least of something; {held} is "Column: value".
TALLY_HELD = "{n} of the {rows} rows of “{table}” have {held}."
TALLY_ALL = "“{table}” has {rows} rows."
TALLY_EXTREME = "{which} {column} in the {rows} rows of “{table}” is {value}."
TALLY_EXTREME_HELD = "{which} {column} in the {rows} rows of “{table}” with {held} is {value}."
TALLY_SUM = "{column} in the {rows} rows of “{table}” adds up to {value}."
TALLY_SUM_HELD = "{column} in the {rows} rows of “{table}” with {held} adds up to {value}."
TALLY_HIGHEST, TALLY_LOWEST = "The highest", "The lowest"
TALLY_AND, TALLY_BETWEEN, TALLY_MORE = " and ", ", ", " and {n} more"
TALLY_YES = "yes"
# Asked of the documents for a person who wants to talk to people.
CONTACT_QUESTION = "What is the phone number and email address of customer support?"
