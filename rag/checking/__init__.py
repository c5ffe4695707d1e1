"""An answer and the passages it was written from in; for each stretch of the answer the passage it rests on, or none, out.

A word rests on a sentence or two that hold the same word (inflection aside) or one whose token vector is close to it.
Numbers rest only on the same number, names on the same name, negations on a negation; stop words go with the words around
them. What the sentence that holds the rest says otherwise (another number, another name, the opposite) rests on nothing, nor
does what is said twice in a row.
"""

from rag.checking.policy import agrees, carries, holds, tells_how
from rag.checking.support import Attribution, Attributor, Source, attribute

__all__ = ["Attribution", "Attributor", "Source", "agrees", "attribute", "carries", "holds", "tells_how"]
