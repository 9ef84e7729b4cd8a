"""PDF documents: plain dataclasses in (``donnees``), bytes out (``produire`` of each module).

Nothing here reads the database or the clock: the same input gives the same bytes.
"""
