"""The chat in other sites' pages: which widgets there are, the script and the frame, and what the frame asks."""
