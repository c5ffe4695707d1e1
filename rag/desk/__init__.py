"""The desk of people who answer customers: who has a conversation, what is said in it, what must not happen. No web in it."""
