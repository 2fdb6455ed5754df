"""What a command says, captured when the pages are built: a directive `run`.

Each line is a command of `nemo-sdk`. The commands of a page run one after the other in one empty
folder, in a home of their own. A command that fails is a warning, which fails the build.
"""

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

HOME = "/home/you"


class Run(SphinxDirective):
    """A block of commands, shown as a terminal that has run them."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Return the block with what the commands said."""
        folders: dict[str, tempfile.TemporaryDirectory[str]]
        folders = self.env.temp_data.setdefault("run_folders", {})
        if self.env.docname not in folders:
            folders[self.env.docname] = tempfile.TemporaryDirectory()
        folder = Path(folders[self.env.docname].name).resolve()
        shown = "".join(self.one(command, folder) for command in self.content if command.strip())
        return [nodes.literal_block(shown, shown, language="console")]

    def one(self, command: str, folder: Path) -> str:
        """Run one command, and return it with what it said."""
        words = shlex.split(command)
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        kept = {key: value for key, value in os.environ.items() if not key.startswith("NEMO_")}
        environ = {**kept, "PATH": path, "HOME": str(folder), "COLUMNS": "80", "NO_COLOR": "1"}
        ended = subprocess.run(
            words,
            cwd=folder,
            env={**environ, "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=120,
            check=False,
        )
        said = ended.stdout.decode().replace(str(folder), HOME).rstrip()
        if ended.returncode:
            words = "%s ended with %s: %s"
            logging.getLogger(__name__).warning(
                words, command, ended.returncode, said, location=self.get_location()
            )
        return f"$ {command}\n{said}\n"


def setup(app: Sphinx) -> dict[str, bool]:
    """Join the directive to the build."""
    app.add_directive("run", Run)
    return {"parallel_read_safe": True}
