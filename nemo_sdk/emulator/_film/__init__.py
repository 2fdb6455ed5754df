"""Films from drafts: `_plan` has a draft's schema, `_render.render_draft` is the renderer."""

from ._plan import EFFECTS, Look, film_pixels

__all__ = ["EFFECTS", "Look", "film_pixels"]
