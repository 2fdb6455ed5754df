"""Listening: a server for each host that is emulated, and how all of them are closed."""

from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web
from aiohttp.typedefs import Middleware
from attrs import define, field

_MAX_BODY = 256 * 1024 * 1024
_HANDLERS_END_SECONDS = 0.5


@define(eq=False)
class Listeners:
    """The servers of one emulator."""

    _runners: list[web.AppRunner] = field(factory=list, init=False)

    async def listen(
        self,
        guard: Middleware,
        on_answer: Callable[[web.Request, web.StreamResponse], Awaitable[None]],
        host: str,
        port: int,
        routes: Sequence[web.RouteDef],
    ) -> str:
        """Serve routes, and return the address.

        Args:
            guard: What every request passes through.
            on_answer: Called with each answer before its headers leave.
            host: The address to listen on.
            port: The port; 0 takes a free one.
            routes: What is served.

        Raises:
            OSError: The port is taken.
        """
        app = web.Application(client_max_size=_MAX_BODY, middlewares=[guard])
        app.on_response_prepare.append(on_answer)
        app.router.add_routes(routes)
        runner = web.AppRunner(
            app,
            handle_signals=False,
            access_log=None,
            handler_cancellation=True,
            shutdown_timeout=_HANDLERS_END_SECONDS,
        )
        await runner.setup()
        self._runners.append(runner)
        await web.TCPSite(runner, host, port, backlog=1024).start()
        return f"http://{f'[{host}]' if ':' in host else host}:{runner.addresses[0][1]}"

    async def cut_off(self) -> None:
        """Take no more connections, and end those that there are."""
        for runner in self._runners:
            for site in list(runner.sites):
                await site.stop()
            for connection in runner.server.connections if runner.server else ():
                if connection.transport is not None:
                    connection.transport.abort()

    async def close(self) -> None:
        """Wait for the handlers, and let go of everything."""
        for runner in self._runners:
            await runner.cleanup()
        self._runners.clear()
