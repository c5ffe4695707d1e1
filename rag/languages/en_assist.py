"""English: what agents read of proposals, gaps, mails and webhooks."""

PROPOSAL_GONE = "Something was said since this was proposed: it does not fit any more. Look at the conversation again."
