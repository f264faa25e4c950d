"""A mail_command that files what it is given, and reading what it has filed.

    box = Mailbox(directory)
    Daemon({**box.options, ...})
    box.wait(1)[0].link("/verify-email")

The command is this file itself. What it does is in the file `mode` beside the mails, one word:
ok; exit N (fail with N); fail N (fail N times, then ok); hang; slow (file, then take its time).
"""

import email
import email.policy
import os
import re
import sys
import time
from pathlib import Path

from urllib.parse import parse_qs, urlsplit


class Mail:
    def __init__(self, raw):
        self.raw = raw
        self.message = email.message_from_bytes(raw, policy=email.policy.default)
        self.to = self.message["to"]
        self.subject = self.message["subject"]
        parts = {p.get_content_type(): p for p in self.message.walk()}
        self.text = parts["text/plain"].get_content()
        self.html = parts["text/html"].get_content()

    def url(self):
        (url,) = re.findall(r"https?://\S+", self.text)
        return url

    def target(self):
        """The path and query of the link, to be asked of the daemon."""
        url = urlsplit(self.url())
        return f"{url.path}?{url.query}"

    def query(self):
        return {k: v[0] for k, v in parse_qs(urlsplit(self.url()).query).items()}


class Mailbox:
    def __init__(self, directory):
        self.directory = Path(directory)
        self.directory.mkdir(exist_ok=True)
        self.templates = Path(__file__).resolve().parents[2] / "etc/mail"
        self.set("ok")

    @property
    def options(self):
        return {
            "mail_command": f"{sys.executable} {Path(__file__).resolve()} {self.directory}",
            "mail_templates": str(self.templates),
            "mail_retry": "50ms",
        }

    def set(self, mode):
        new = self.directory / ".mode"
        new.write_text(mode)
        new.rename(self.directory / "mode")

    def mails(self):
        """All that were filed, oldest first."""
        return [Mail(p.read_bytes()) for p in sorted(self.directory.glob("mail-*"))]

    def tries(self):
        return len(list(self.directory.glob("try-*")))

    def pids(self):
        """Of the commands that were started."""
        return [int(p.name.rsplit("-", 1)[1]) for p in self.directory.glob("try-*")]

    def wait(self, n):
        from harness import wait_for

        wait_for(lambda: len(list(self.directory.glob("mail-*"))) >= n,
                 lambda: f"{n} mails expected, there are {len(self.mails())}")
        return self.mails()

    def clear(self):
        for path in self.directory.glob("mail-*"):
            path.unlink()


def main(directory):
    directory = Path(directory)
    raw = sys.stdin.buffer.read()
    name = f"{time.time_ns():020}-{os.getpid()}"
    (directory / f"try-{name}").write_bytes(repr((sys.argv, dict(os.environ))).encode())
    word, _, number = (directory / "mode").read_text().partition(" ")
    if word == "exit":
        return int(number)
    if word == "fail" and len(list(directory.glob("try-*"))) <= int(number):
        return 75
    if word == "hang":
        time.sleep(3600)
    whole = directory / f".mail-{name}"
    whole.write_bytes(raw)
    whole.rename(directory / f"mail-{name}")
    if word == "slow":
        time.sleep(0.5)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
