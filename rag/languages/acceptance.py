"""Words of which acceptance questions compare one form (docs/acceptance-questions.md): used to measure, never to answer."""

NUMBERS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "fourteen": 14,
    "fifteen": 15,
    "eighteen": 18,
    "twenty": 20,
    "thirty": 30,
    "sixty": 60,
}

RANGE_WORDS = "to|until|till|bis"

CURRENCIES = {"£": "pounds?|gbp", "€": "euros?|eur", "$": "us dollars|dollars?|usd"}

# How a product that cites nothing says that it has no answer, whatever its status.
REFUSALS = (
    r"found nothing",
    r"nothing in the (?:documents|help)",
    r"(?:do|does|did|could|can) ?n[o'’]t (?:know|find|have (?:an|any) (?:answer|information))",
    r"not (?:in|answered (?:in|by)|covered (?:in|by)) (?:the|our|my) (?:documents|help)",
    r"no (?:information|answer) (?:about|on|to|for|in)",
    r"cannot (?:find|answer|help with)",
    r"can(?:'|’)?t (?:answer|help with)",
    r"only (?:answer|help with)",
    r"nichts gefunden",
    r"没有找到",
)
