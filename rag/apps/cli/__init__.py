"""The command line: `main.py` has the commands, a module each for the groups `eval` and `train`."""
