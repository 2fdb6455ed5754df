"""Films from drafts: what the emulator's renderer makes.

Light to import: who only plans a film (the agent) needs neither PyAV nor numpy. The renderer is
`_render.render_draft`, the schema of a draft stands in `_plan`.
"""

from ._plan import EFFECTS, Look, film_pixels

__all__ = ["EFFECTS", "Look", "film_pixels"]
