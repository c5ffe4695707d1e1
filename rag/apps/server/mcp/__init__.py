"""What assistants of other programs ask by the Model Context Protocol: `search`, `fetch`, `ask` and `bases`."""
