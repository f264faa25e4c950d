"""An installation in a directory of its own."""

import shutil
import subprocess
import tempfile


class Stage:
    def __init__(self, build):
        self.build = build
        self.root = tempfile.mkdtemp(prefix="webauth-stage-")
        self.install()

    def install(self):
        """Once more, over what is there."""
        subprocess.run(
            ["meson", "install", "--no-rebuild", "--quiet", "-C", self.build, "--destdir", self.root],
            check=True,
            stdin=subprocess.DEVNULL,
        )

    def done(self):
        shutil.rmtree(self.root, ignore_errors=True)
