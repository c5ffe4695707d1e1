"""Words as data, a module for each language or purpose; nothing here decides what a sentence means."""
