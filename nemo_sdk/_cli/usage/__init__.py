"""What each command takes, and what its help says of it.

What it does is in a module and function of the same names, a folder above: it loads the library,
and is loaded where a command runs.
"""
