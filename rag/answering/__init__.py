"""Evidence to an answer: the prompt for the language model, and numbered citations."""
