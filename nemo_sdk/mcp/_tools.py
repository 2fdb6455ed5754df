"""The tools, as hosts and agents see them."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.tools import Tool
from mcp.types import CallToolResult, ToolAnnotations
from pydantic import Field

from nemo_sdk import Format, Progress, Quality, __version__

from ._data import Balance, Film, Films, Uploaded
from ._studio import Studio, Tell

__all__ = ["server_of"]

_INSTRUCTIONS = """Makes and changes films with NemoVideo. A film costs about 100 credits of the \
person's and an edit about 50; all else is free. A call with the same arguments joins the job \
that it began and is not charged again within seven days: after a timeout, call again or ask \
film_status. To make the same once more, say take=2. Paths are from \
the server's folder; films are saved there."""

_CHANGES: Final = ToolAnnotations(
    read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=True
)
_ALTERS: Final = _CHANGES.model_copy(update={"destructive_hint": True})
_ADDS: Final = _CHANGES.model_copy(update={"idempotent_hint": False})
_READS: Final = ToolAnnotations(read_only_hint=True, open_world_hint=True)
_READS_HERE: Final = ToolAnnotations(read_only_hint=True, open_world_hint=False)

Files = Annotated[
    Sequence[str], Field(description="Clips, pictures, music: paths in the folder, or addresses.")
]
SessionId = Annotated[str, Field(description="The session of a film, as an answer has it.")]
Take = Annotated[int, Field(ge=1, description="2, 3, … make the same once more, and are charged.")]


class _Tools:
    """The tools of a studio; their docstrings are what agents read."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    async def make_film(
        self,
        ctx: Context[Any, Any],
        prompt: Annotated[str, Field(description="What the film is to show.")],
        files: Files = (),
        format: Format = "mp4",
        quality: Quality = "high",
        language: Annotated[
            str | None, Field(description="A code such as en; by default the prompt's language.")
        ] = None,
        take: Take = 1,
    ) -> Annotated[CallToolResult, Film]:
        """Make a film of a prompt and save it: about 100 credits, two to five minutes.

        Answers within 45 seconds; what is not done then goes on, and film_status waits for it.
        """
        return await self._studio.make(prompt, files, format, quality, language, take, _teller(ctx))

    async def edit_film(
        self,
        ctx: Context[Any, Any],
        session_id: SessionId,
        words: Annotated[str, Field(description="What to change, in plain words.")],
        files: Files = (),
        take: Take = 1,
    ) -> Annotated[CallToolResult, Film]:
        """Change a film by telling its session what to do: about 50 credits, half a minute.

        The changed film is saved with export_film, which is free.
        """
        return await self._studio.edit(session_id, words, files, take, _teller(ctx))

    async def export_film(
        self, session_id: SessionId, format: Format = "mp4", quality: Quality = "high"
    ) -> Annotated[CallToolResult, Film]:
        """Render a session's film as it is now, and save it. Free; about a minute.

        Where it is not ready within 45 seconds, call it again: it waits for the same render.
        """
        return await self._studio.export(session_id, format, quality)

    async def film_status(
        self,
        ctx: Context[Any, Any],
        job: Annotated[
            str, Field(pattern=r"^[a-z]+-[0-9a-f]+$", description="The job, as an answer has it.")
        ],
    ) -> Annotated[CallToolResult, Film]:
        """Wait up to 45 seconds for a film or an edit, and tell all that is known of it. Free.

        A job that was left in the middle, by a restart of the machine, is gone on with.
        """
        return await self._studio.status(job, _teller(ctx))

    async def list_films(self) -> Annotated[CallToolResult, Films]:
        """List the films and edits that were asked for here, the last ones first. Free."""
        return await self._studio.films()

    async def upload_media(
        self,
        files: Files,
        session_id: Annotated[
            str | None, Field(description="The session; a new one where it is left out.")
        ] = None,
    ) -> Annotated[CallToolResult, Uploaded]:
        """Upload files into a session, for edit_film. Free; at most 500 MB a file."""
        return await self._studio.upload(session_id, files)

    async def credits(self) -> Annotated[CallToolResult, Balance]:
        """Tell how many credits there are, and whose. Free."""
        return await self._studio.credits()


def server_of(studio: Studio) -> MCPServer[Any]:
    """Return a server of the Model Context Protocol with a studio's tools.

    Args:
        studio: Does the work; the caller enters it.
    """
    tools = _Tools(studio)
    return MCPServer(
        "nemo-sdk",
        title="NemoVideo",
        instructions=_INSTRUCTIONS,
        version=__version__,
        log_level="WARNING",
        tools=[
            _tool(tools.make_film, "Make a film", _CHANGES),
            _tool(tools.edit_film, "Change a film", _ALTERS),
            _tool(tools.export_film, "Save a film", _ADDS),
            _tool(tools.film_status, "Wait for a film", _CHANGES),
            _tool(tools.list_films, "List films", _READS_HERE),
            _tool(tools.upload_media, "Upload files", _ADDS),
            _tool(tools.credits, "Show credits", _READS),
        ],
    )


def _tool(work: Any, title: str, annotations: ToolAnnotations) -> Tool:
    """Return a tool that refuses arguments which it does not know, and says so in its schema."""
    tool = Tool.from_function(work, title=title, annotations=annotations)
    arguments = tool.fn_metadata.arg_model
    arguments.model_config["extra"] = "forbid"
    arguments.model_rebuild(force=True)
    return tool.model_copy(update={"parameters": arguments.model_json_schema(by_alias=True)})


def _teller(ctx: Context[Any, Any]) -> Tell:
    """Return what tells the host of progress; the protocol wants each to be more than the last."""
    last = 0.0

    async def tell(step: Progress) -> None:
        nonlocal last
        if step.fraction > last:
            last = step.fraction
            await ctx.report_progress(last, 1.0, step.message)

    return tell
