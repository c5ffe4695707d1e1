"""Text that a tokenizer would read as commands is made inert: what stands in a document or question never steers a model."""

import re
from collections.abc import Collection

# How control tokens look in the vocabularies of chat models: <|im_end|>, <｜User｜>, </s>, <start_of_turn>, <<SYS>>, [/INST].
_SHAPES = re.compile(r"<(?=[|｜])|<(?=[/<]*[\w|｜]{1,40}>)|\[(?=/?[A-Z][A-Z_]{2,40}\])")


def neutralise(text: str, control_tokens: Collection[str]) -> str:
    """`text` with every control token broken by a blank, so that the tokenizer reads it as plain characters."""
    for token in sorted(control_tokens, key=len, reverse=True):
        if len(token) > 1:
            text = text.replace(token, token[0] + " " + token[1:])
    return text


def neutralise_shapes(text: str) -> str:
    """The same where the vocabulary is not known: whatever has the shape of a control token is broken."""
    return _SHAPES.sub(lambda found: found[0] + " ", text)
