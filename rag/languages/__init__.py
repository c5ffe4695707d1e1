"""Words as data, one file a language. Nothing here decides what a sentence means."""
