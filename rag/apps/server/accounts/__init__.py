"""Who may do what, in a SQLite file of its own: accounts with their roles and passwords, and API keys with their scopes."""
