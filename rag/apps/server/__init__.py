"""The server: one application that carries the page, sign-in and what programs call. `running.launch` serves it.

Nothing is imported here: who keeps accounts on the command line has no need of the page's libraries.
"""
