"""E-mail as a way in and out: mails become conversations, replies go out as mails, and nothing that came is lost."""
