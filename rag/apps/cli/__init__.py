"""The command line: `main.py` puts the commands together, each group of which has a module of its own."""
