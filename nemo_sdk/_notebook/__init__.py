"""At home in notebooks: one live line while a film is made, the film in its cell, short tracebacks.

IPython is never imported for this. Who works in a notebook has it loaded; nobody else pays.
"""
