"""Personal data in what people type: e-mail addresses, telephone, card and account numbers, national numbers, keys, passwords.

`mask` puts `[email]` and the like in their place before a text is kept, logged, learnt from or sent to another machine.
"""

from rag.privacy.masking import KINDS, Found, Mask, find, mask, unmasked

__all__ = ["KINDS", "Found", "Mask", "find", "mask", "unmasked"]
