"""What "meson install" puts where: every path of a Debian system, its mode, and that DESTDIR is
honoured. Usage: tree.py BUILD PREFIX SYSCONFDIR LIBDIR"""

import os
import pathlib
import re
import stat
import sys
import unittest

import staged

build, prefix, sysconfdir, libdir = sys.argv[1:5]

etc = os.path.join(prefix, sysconfdir)
conf = "/etc/webauth" if prefix == "/usr" else f"{etc}/webauth"
doc = f"{prefix}/share/doc/webauth"
# Debian's zsh does not look into /usr/share/zsh/site-functions.
zsh = "vendor-completions" if prefix == "/usr" else "site-functions"

FILES = [
    f"{conf}/webauth.conf",
    f"{prefix}/lib/sysusers.d/webauth.conf",
    f"{prefix}/lib/tmpfiles.d/webauth.conf",
    f"{prefix}/lib/systemd/system/sessiond.service",
    f"{prefix}/lib/systemd/system/sessiond.socket",
    f"{prefix}/lib/systemd/system/sessiond-pam.socket",
    f"{etc}/nginx/snippets/webauth.conf",
    f"{etc}/nginx/snippets/webauth-upstream.conf",
    f"{etc}/nginx/snippets/webauth-pages.conf",
    f"{etc}/nginx/snippets/webauth-verify.conf",
    f"{etc}/nginx/snippets/webauth-protected.conf",
    f"{etc}/nginx/snippets/webauth-anonymous.conf",
    *(f"{prefix}/share/webauth/mail/{kind}.{form}" for form in ("html", "txt")
      for kind in ("change-email", "delete-account", "email-changed", "password-changed",
                   "reset-password", "verify-email")),
    *(f"{prefix}/share/webauth/pages/{page}.html" for page in (
        "account", "brand", "error", "foot", "forgot-password", "head", "notes", "reset-password",
        "sign-in", "sign-up", "verified")),
    *(f"{prefix}/share/webauth/pages/assets/{name}" for name in (
        "icon.svg", "page.js", "style.css", "theme.css", "webauth.js")),
    f"{prefix}/share/webauth/pages/texts/en.json",
    f"{doc}/api.md",
    f"{doc}/design.md",
    f"{doc}/security-checklist.md",
    *(f"{doc}/examples/{name}" for name in (
        "fastapi/app.py", "fastapi/README.md", "node-api/server.mjs", "node-api/package.json",
        "node-api/README.md", "nginx/site.conf", "nginx/README.md", "nginx/site/index.html",
        "nginx/site/sign-in.html", "nginx/site/app/index.html", "nginx/site/admin/index.html",
        "docs-site/README.md", "docs-site/index.html", "docs-site/guide.html", "docs-site/style.css",
        "single-page-app/README.md", "single-page-app/site.conf", "single-page-app/site/index.html",
        "single-page-app/site/app.js", "single-page-app/site/style.css", "nextjs/README.md", "nextjs/package.json",
        "nextjs/package-lock.json", "nextjs/next.config.mjs", "nextjs/proxy.js", "nextjs/lib/auth-client.js",
        "nextjs/lib/sessiond.js", "nextjs/app/layout.jsx", "nextjs/app/page.jsx", "nextjs/app/menu.jsx",
        "nextjs/app/credentials.jsx", "nextjs/app/globals.css", "nextjs/app/account/page.jsx",
        "nextjs/app/sign-in/page.jsx", "nextjs/app/sign-up/page.jsx")),
    f"{prefix}/share/pam-configs/webauth",
    f"{etc}/apparmor.d/abstractions/webauth",
    f"{doc}/examples/fail2ban/filter.d/webauth.conf",
    f"{doc}/examples/fail2ban/jail.d/webauth.conf",
    f"{doc}/examples/pam.d/README",
    f"{doc}/examples/pam.d/dovecot",
    f"{doc}/examples/pam.d/nginx",
    f"{doc}/examples/pam.d/postgresql",
    f"{doc}/examples/pam.d/smtp",
    f"{doc}/examples/pam.d/sshd",
    f"{doc}/examples/pam.d/su",
    f"{doc}/examples/pam.d/sudo",
    f"{doc}/examples/pam.d/vsftpd",
    f"{doc}/examples/pam.d/with-pam_unix",
    f"{prefix}/share/bash-completion/completions/webauthctl.bash",
    f"{prefix}/share/zsh/{zsh}/_webauthctl",
    f"{prefix}/share/fish/vendor_completions.d/webauthctl.fish",
    f"{prefix}/share/man/man1/webauthctl.1",
    f"{prefix}/share/man/man5/webauth.conf.5",
    f"{prefix}/share/man/man8/pam_webauth.8",
    f"{prefix}/share/man/man8/sessiond.8",
]
PROGRAMS = [
    f"{prefix}/sbin/sessiond",
    f"{prefix}/bin/webauthctl",
]
MODULE = f"{prefix}/{libdir}/security/pam_webauth.so"


class Tree(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stage = staged.Stage(build)
        cls.root = pathlib.Path(cls.stage.root)

    @classmethod
    def tearDownClass(cls):
        cls.stage.done()

    def mode(self, path):
        return stat.S_IMODE((self.root / path.lstrip("/")).stat().st_mode)

    def installed(self):
        return {"/" + str(p.relative_to(self.root)) for p in self.root.rglob("*") if p.is_file()}

    def test_exactly_the_expected_files_are_installed(self):
        self.assertEqual(self.installed(), {*FILES, *PROGRAMS, MODULE})

    def test_files_are_readable_by_all_and_writable_by_their_owner(self):
        for path in FILES:
            with self.subTest(path):
                self.assertEqual(oct(self.mode(path)), oct(0o644))

    def test_programs_are_executable_and_not_setuid(self):
        for path in PROGRAMS:
            with self.subTest(path):
                self.assertEqual(oct(self.mode(path)), oct(0o755))

    def test_nothing_is_writable_by_others(self):
        for path in self.root.rglob("*"):
            if not path.is_symlink():
                self.assertEqual(path.stat().st_mode & 0o022, 0, path)

    def test_unit_names_the_installed_program_and_configuration(self):
        unit = (self.root / f"{prefix.lstrip('/')}/lib/systemd/system/sessiond.service").read_text()
        self.assertIn(f"ExecStart={prefix}/sbin/sessiond -f {conf}/webauth.conf\n", unit)

    def test_no_text_names_the_build_machine(self):
        source = str(pathlib.Path(__file__).resolve().parents[2])
        for path in FILES:
            text = (self.root / path.lstrip("/")).read_text()
            for place in (source, build, self.stage.root):
                self.assertIsNone(re.search(re.escape(place), text), path)

    def test_an_edited_configuration_outlives_an_update(self):
        stage = staged.Stage(build)
        self.addCleanup(stage.done)
        kept = pathlib.Path(stage.root, conf.lstrip("/"), "webauth.conf")
        new = kept.with_name("webauth.conf.new")
        shipped = kept.read_bytes()
        stage.install()
        self.assertFalse(new.exists(), "nothing was edited")
        kept.write_text("secret_file = /mine\n")
        stage.install()
        self.assertEqual(kept.read_text(), "secret_file = /mine\n")
        self.assertEqual(new.read_bytes(), shipped)


unittest.main(argv=sys.argv[:1], verbosity=2)
