"""The example stacks of etc/pam.d, driven by libpam itself with stand-ins for the modules: for each
pair of answers of pam_webauth and pam_unix, who gets in. No root, nothing in /etc/pam.d."""

import ctypes
import pathlib
import re
import sys
import tempfile
import unittest

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "etc/pam.d"

PAM_SUCCESS = 0
PAM_ESTABLISH_CRED = 2

# What Debian's own files come to, with pam_unix as the only module that decides.
COMMON = {
    "common-auth": """
auth [success=1 default=ignore] pam_unix.so nullok
auth requisite pam_deny.so
auth required pam_permit.so
""",
    "common-account": """
account [success=1 new_authtok_reqd=done default=ignore] pam_unix.so
account requisite pam_deny.so
account required pam_permit.so
""",
    "common-session": "session required pam_permit.so\n",
    "common-session-noninteractive": "session required pam_permit.so\n",
    "common-password": "password required pam_permit.so\n",
}


class Message(ctypes.Structure):
    _fields_ = [("style", ctypes.c_int), ("text", ctypes.c_char_p)]


class Response(ctypes.Structure):
    _fields_ = [("text", ctypes.c_void_p), ("code", ctypes.c_int)]


CONVERSE = ctypes.CFUNCTYPE(
    ctypes.c_int,
    ctypes.c_int,
    ctypes.POINTER(ctypes.POINTER(Message)),
    ctypes.POINTER(ctypes.POINTER(Response)),
    ctypes.c_void_p,
)


class Conversation(ctypes.Structure):
    _fields_ = [("converse", CONVERSE), ("data", ctypes.c_void_p)]


libc = ctypes.CDLL(None)
libc.calloc.restype = ctypes.c_void_p
libc.calloc.argtypes = (ctypes.c_size_t, ctypes.c_size_t)
libpam = ctypes.CDLL("libpam.so.0")
for name in ("pam_authenticate", "pam_setcred", "pam_acct_mgmt", "pam_open_session", "pam_end"):
    getattr(libpam, name).argtypes = (ctypes.c_void_p, ctypes.c_int)


@CONVERSE
def converse(n, _messages, responses, _data):
    """Empty answers; the stand-ins only send texts."""
    memory = libc.calloc(n, ctypes.sizeof(Response))
    responses[0] = ctypes.cast(memory, ctypes.POINTER(Response))
    return PAM_SUCCESS


def rendered(service, webauth, unix):
    """The stack with its includes written out and both modules replaced by pam_debug, which answers
    what it is told to."""
    text = (EXAMPLES / service).read_text()
    text = re.sub(r"^@include (\S+)$", lambda m: COMMON[m[1]], text, flags=re.M)
    text = re.sub(r"pam_webauth\.so.*", f"pam_debug.so auth={webauth[0]} acct={webauth[1]}", text)
    text = re.sub(r"pam_unix\.so.*", f"pam_debug.so auth={unix[0]} acct={unix[1]}", text)
    # This is not root logging in.
    text = text.replace("pam_rootok.so", "pam_deny.so")
    return re.sub(r"pam_(nologin|limits)\.so", "pam_permit.so", text)


def login(service, webauth, unix):
    """Does somebody get in, when the modules answer (auth, acct) each?"""
    with tempfile.TemporaryDirectory() as directory:
        pathlib.Path(directory, service).write_text(rendered(service, webauth, unix))
        pathlib.Path(directory, "other").write_text("".join(
            f"{kind} required pam_deny.so\n" for kind in ("auth", "account", "session", "password")
        ))
        handle = ctypes.c_void_p()
        conversation = Conversation(converse, None)
        if libpam.pam_start_confdir(
            service.encode(), b"alice", ctypes.byref(conversation), directory.encode(),
            ctypes.byref(handle),
        ) != PAM_SUCCESS:
            raise RuntimeError("pam_start_confdir")
        let_in = (
            libpam.pam_authenticate(handle, 0) == PAM_SUCCESS
            and libpam.pam_acct_mgmt(handle, 0) == PAM_SUCCESS
            # Who was let in so far must not fail over credentials or session.
            and libpam.pam_setcred(handle, PAM_ESTABLISH_CRED) == PAM_SUCCESS
            and libpam.pam_open_session(handle, 0) == PAM_SUCCESS
        )
        libpam.pam_end(handle, 0)
        return let_in


# What the modules say of: a web user, a local user, a stranger.
WEB_OK = ("success", "success")
WEB_WRONG = ("auth_err", "success")
WEB_BANNED = ("acct_expired", "acct_expired")
WEB_NONE = ("user_unknown", "user_unknown")
WEB_LOCAL = ("user_unknown", "ignore")
WEB_DOWN = ("authinfo_unavail", "authinfo_unavail")
WEB_BROKEN = ("service_err", "service_err")
UNIX_OK = ("success", "success")
UNIX_WRONG = ("auth_err", "success")
UNIX_NONE = ("user_unknown", "user_unknown")
UNIX_EXPIRED = ("success", "acct_expired")


class Stacks(unittest.TestCase):
    def expect(self, service, cases):
        for webauth, unix, expected in cases:
            with self.subTest(service=service, webauth=webauth, unix=unix):
                self.assertEqual(login(service, webauth, unix), expected)

    def test_web_services_let_web_users_in_and_nobody_else(self):
        for service in ("dovecot", "nginx", "postgresql", "smtp", "vsftpd"):
            self.expect(service, [
                (WEB_OK, UNIX_NONE, True),
                (WEB_WRONG, UNIX_OK, False),
                (WEB_BANNED, UNIX_OK, False),
                (WEB_NONE, UNIX_OK, False),
                (WEB_LOCAL, UNIX_OK, False),
                (WEB_DOWN, UNIX_OK, False),
                (WEB_BROKEN, UNIX_OK, False),
            ])

    def test_unix_services_take_either_password(self):
        for service in ("sshd", "su", "sudo"):
            self.expect(service, [
                (WEB_OK, UNIX_OK, True),
                (WEB_OK, UNIX_WRONG, True),
                (WEB_WRONG, UNIX_OK, True),
                (WEB_WRONG, UNIX_WRONG, False),
                (WEB_LOCAL, UNIX_OK, True),
                (WEB_LOCAL, UNIX_WRONG, False),
            ])

    def test_unix_services_heed_both_accounts(self):
        for service in ("sshd", "su", "sudo"):
            self.expect(service, [
                (WEB_BANNED, UNIX_OK, False),
                (("auth_err", "acct_expired"), UNIX_OK, False),
                (WEB_OK, UNIX_EXPIRED, False),
                (WEB_OK, UNIX_NONE, False),
                (WEB_DOWN, UNIX_OK, False),
                (WEB_BROKEN, UNIX_OK, False),
            ])

    def test_root_gets_in_when_the_store_is_down(self):
        for service in ("sshd", "su", "sudo", "with-pam_unix"):
            self.expect(service, [(WEB_LOCAL, UNIX_OK, True)])

    def test_with_pam_unix_lets_both_kinds_in(self):
        self.expect("with-pam_unix", [
            (WEB_OK, UNIX_NONE, True),
            (WEB_LOCAL, UNIX_OK, True),
            (WEB_NONE, UNIX_NONE, False),
            (WEB_WRONG, UNIX_NONE, False),
            (WEB_LOCAL, UNIX_WRONG, False),
            (WEB_LOCAL, UNIX_EXPIRED, False),
        ])

    def test_with_pam_unix_ends_at_a_ban_or_a_fault(self):
        self.expect("with-pam_unix", [
            (WEB_BANNED, UNIX_NONE, False),
            (WEB_BANNED, UNIX_OK, False),
            (WEB_DOWN, UNIX_NONE, False),
            (WEB_BROKEN, UNIX_OK, False),
        ])


unittest.main(argv=sys.argv[:1], verbosity=2)
