"""A BERT tokenizer made on the spot, for small real models."""

from collections.abc import Sequence
from pathlib import Path


def save_wordpiece(folder: Path, characters: Sequence[str], window: int, words: Sequence[str] = ()) -> int:
    """Write a BERT tokenizer that has a token for each word and character to a folder; gives the number of its tokens."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertTokenizerFast  # type: ignore[attr-defined]

    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words, *characters, *(f"##{c}" for c in characters)]
    ids = {token: i for i, token in enumerate(dict.fromkeys(vocabulary))}
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", ids["[SEP]"]), ("[CLS]", ids["[CLS]"]))
    BertTokenizerFast(tokenizer_object=tokenizer, model_max_length=window).save_pretrained(folder)
    return len(ids)
