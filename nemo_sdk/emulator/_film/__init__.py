"""Films from drafts. What is here is light to import; the renderer is `_render.render_draft`.

The schema of a draft stands in `_plan`.
"""

from ._plan import EFFECTS, Look, film_pixels

__all__ = ["EFFECTS", "Look", "film_pixels"]
