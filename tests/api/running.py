"""A daemon under load, under signals, and with little room."""

import contextlib
import ctypes
import http.client
import json
import os
import select
import signal
import socket
import sqlite3
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor

from harness import REQUEST_SECONDS, Case, Response, from_now, wait_for

PASSWORD = "correct horse battery"
OK = b"GET /api/auth/ok HTTP/1.1\r\nHost: x\r\n\r\n"


class Flight:
    """A request that has been sent and not yet been answered."""

    def __init__(self, d, route, body=None, headers=None):
        self.connection = d.connection()
        self.connection.request(
            "POST" if body is not None else "GET", f"/api/auth{route}", json.dumps(body) if body is not None else None,
            {**({"Content-Type": "application/json"} if body is not None else {}), **(headers or {})})

    def fileno(self):
        return self.connection.sock.fileno()

    def response(self):
        with contextlib.closing(self.connection):
            r = self.connection.getresponse()
            return Response(r.status, r.getheaders(), r.read())

    def land(self):
        r = self.response()
        return r.status, r.body


class Stopping(Case):
    def test_a_sign_in_in_flight_is_answered_after_sigterm(self):
        for sig in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(sig):
                d = self.daemon()
                d.sign_up()
                with d.writing():
                    flight = Flight(d, "/sign-in/email", {"email": "ann@example.com", "password": PASSWORD})
                    self.assertEqual(d.get("/ok").status, 200)  # so the sign-in has been taken
                    d.process.send_signal(sig)
                    d.log_has("stopping detail=\"")
                status, body = flight.land()
                self.assertEqual((status, list(json.loads(body))), (200, ["redirect", "token", "user"]))
                self.assertEqual(d.stop(), 0)
                self.assertIn("1 requests in flight", d.log_text())
                self.assertIn("<5>stopped ", d.log_text())

    def test_idle_connections_do_not_keep_it_from_stopping(self):
        d = self.daemon()
        idle = [self.enterContext(d.raw()) for _ in range(5)]
        self.assertEqual(d.get("/ok").status, 200)
        self.assertEqual(d.stop(), 0)
        for s in idle:
            self.assertEqual(s.recv(1), b"")

    def test_half_a_request_is_waited_for_no_longer_than_configured(self):
        d = self.daemon({"stop_timeout": "100ms", "request_timeout": "10m"})
        half = self.enterContext(d.raw())
        half.sendall(OK[:20])
        self.assertEqual(d.get("/ok").status, 200)
        self.assertEqual(d.stop(), 0)

    def test_sighup_does_not_end_it(self):
        d = self.daemon()
        d.get("/ok")
        d.process.send_signal(signal.SIGHUP)
        self.assertEqual(d.get("/ok").status, 200)


class SchedAttr(ctypes.Structure):
    """sched_getattr(2)"""

    _fields_ = [("size", ctypes.c_uint32), ("policy", ctypes.c_uint32), ("flags", ctypes.c_uint64),
                ("nice", ctypes.c_int32), ("priority", ctypes.c_uint32), ("runtime_ns", ctypes.c_uint64),
                ("deadline", ctypes.c_uint64), ("period", ctypes.c_uint64)]

    @classmethod
    def of(cls, tid):
        libc, number, attr = ctypes.CDLL(None, use_errno=True), {"x86_64": 315, "aarch64": 275}[os.uname().machine], cls()
        if libc.syscall(number, tid, ctypes.byref(attr), ctypes.sizeof(attr), 0) != 0:
            raise OSError(ctypes.get_errno(), f"sched_getattr {tid}")
        return attr


class Turns(Case):
    def test_a_request_waits_for_no_hash_to_end_its_turn(self):
        """The loop has shorter turns, where the kernel knows such (Linux 6.12), and the hash a higher nice value."""
        d = self.daemon({"hash_threads": 2})
        self.assertEqual(d.get("/ok").status, 200)  # all threads are there
        usual = SchedAttr.of(0)
        loop = SchedAttr.of(d.process.pid)
        lanes = [SchedAttr.of(int(tid)) for tid in os.listdir(f"/proc/{d.process.pid}/task")
                 if int(tid) != d.process.pid]
        self.assertEqual(loop.flags & 1, 1, "RESET_ON_FORK: what the loop is given is not for the lanes")
        self.assertEqual(sorted(lane.nice - loop.nice for lane in lanes)[-3:], [0, 10, 10])
        for lane in lanes:
            self.assertEqual((lane.flags & 1, lane.runtime_ns), (0, usual.runtime_ns))
        if usual.runtime_ns > 0:
            self.assertLess(loop.runtime_ns, usual.runtime_ns)


class Overload(Case):
    def test_a_full_queue_answers_503_at_once_while_sessions_are_served(self):
        app = {"Origin": "https://app.example.com"}
        d = self.daemon({"hash_threads": 1, "hash_queue": 1, "trusted_origins": app["Origin"]})
        cookie = d.cookie_header(d.sign_up())
        d.get("/get-session", cookie)
        sign_in = {"email": "ann@example.com", "password": PASSWORD}
        # The one thread is kept by the lock, the one place in the queue is taken: by the second, or by the
        # first as long as the thread has not come to it. The third at the latest is one too many.
        with d.writing():
            flights, refused = [], []
            while not refused:
                flights.append(Flight(d, "/sign-in/email", sign_in, app))
                r = d.get("/get-session", cookie)
                self.assertEqual((r.status, r.json()["user"]["email"]), (200, "ann@example.com"))
                refused, _, _ = select.select(flights, [], [], REQUEST_SECONDS if len(flights) == 3 else 0)
                self.assertTrue(refused or len(flights) < 3, d.log_text())
            flights.remove(refused[0])
            r = refused[0].response()
            self.assertEqual(r.header("retry-after"), "1")
            self.assertEqual(r.header("access-control-allow-origin"), app["Origin"])
            self.assert_refused(r, 503, None, "The server is busy. Please try again in a moment.")
            self.assertEqual(d.get("/get-session", cookie).json()["user"]["email"], "ann@example.com")
        landed = {flight.land()[0] for flight in flights}
        self.assertIn(200, landed, d.log_text())
        self.assertLessEqual(landed, {200, 503}, d.log_text())
        self.assertEqual(d.sign_in().status, 200)

    def test_the_503_of_a_session_check_may_not_be_kept_either(self):
        d = self.daemon({"store_queue": 1})
        cookie = d.cookie_header(d.sign_up())
        d.get("/get-session", cookie)
        d.sql('update "session" set "expiresAt" = ?', from_now(days=1))
        with d.writing():
            flights = [Flight(d, "/sign-out", {}, {"Authorization": f"Bearer {'x' * 32}"})]
            d.get("/ok")
            r = wait_for(lambda: self.one_more(d, flights, cookie), lambda: "the queue never fills")
            self.assertEqual((r.header("cache-control"), r.header("pragma")), ("no-store", "no-cache"))
            self.assertEqual(r.header("retry-after"), "1")
        # As above: the second may have come too early.
        landed = [flight.land()[0] for flight in flights]
        self.assertEqual(landed[0], 200)
        self.assertLessEqual(set(landed), {200, 503})

    @staticmethod
    def one_more(d, flights, cookie):
        flights.append(Flight(d, "/sign-out", {}, {"Authorization": f"Bearer {'x' * 32}"}))
        d.get("/ok")
        if len(flights) < 3:
            return None
        flights.pop().connection.close()
        r = d.get("/get-session", cookie)
        return r if r.status == 503 else None

    def test_more_connections_than_allowed_wait_their_turn(self):
        d = self.daemon({"max_connections": 4})
        d.get("/ok")
        with contextlib.ExitStack() as stack:
            held = [stack.enter_context(d.raw()) for _ in range(4)]
            for s in held:
                s.sendall(OK)
                self.assertTrue(s.recv(4096).startswith(b"HTTP/1.1 200 "))
            waiting = [stack.enter_context(d.raw()) for _ in range(3)]
            for s in waiting:
                s.sendall(OK)
            held[0].sendall(OK)
            self.assertTrue(held[0].recv(4096).startswith(b"HTTP/1.1 200 "))
            for s in waiting:
                s.setblocking(False)
                self.assertRaises(BlockingIOError, s.recv, 1)
                s.settimeout(30)
            for s, leaving in zip(waiting, held):
                leaving.close()
                self.assertTrue(s.recv(4096).startswith(b"HTTP/1.1 200 "))

    @unittest.skipUnless(os.geteuid() == 0, "other users can be played by root alone")
    def test_one_user_never_has_the_last_eighth_of_the_connections(self):
        d = self.daemon({"max_connections": 16, "socket_mode": "0666"})
        os.chmod(d.directory, 0o711)

        def status(s):
            s.sendall(OK)
            return s.recv(4096).split(b" ")[1]

        with contextlib.ExitStack() as stack:
            statuses = [status(stack.enter_context(d.raw())) for _ in range(14)]
            self.assertEqual(statuses, [b"200"] * 14)
            with d.raw() as refused:
                answer = refused.recv(4096)
                self.assertTrue(answer.startswith(b"HTTP/1.1 503 "), answer)
                self.assertIn(b"\r\nRetry-After: 1\r\n", answer)
                self.assertEqual(refused.recv(1), b"")
            os.seteuid(65534)
            try:
                somebody_else = [stack.enter_context(d.raw()) for _ in range(2)]
            finally:
                os.seteuid(0)
            self.assertEqual([status(s) for s in somebody_else], [b"200"] * 2)

    def test_pipelined_requests_are_all_answered_though_the_client_has_said_its_last(self):
        d = self.daemon()
        for n in (10, 1000, 1400):
            with self.subTest(n), d.raw() as s:
                sender = threading.Thread(target=lambda s=s, n=n: (s.sendall(OK * n), s.shutdown(socket.SHUT_WR)))
                sender.start()
                seen = b""
                while data := s.recv(65536):
                    seen += data
                sender.join()
                self.assertEqual(seen.count(b"HTTP/1.1 200 "), n)

    def test_who_leaves_during_a_sign_in_harms_nobody(self):
        d = self.daemon()
        d.sign_up()
        with d.writing():
            for _ in range(5):
                Flight(d, "/sign-in/email", {"email": "ann@example.com", "password": PASSWORD}).connection.close()
            self.assertEqual(d.get("/ok").status, 200)
        self.assertEqual(d.sign_in().status, 200)


class Kill(Case):
    def test_every_answered_sign_up_survives_a_kill(self):
        d = self.daemon({"password_scheme": "scrypt"})
        answered = []
        for turn in range(30):
            started = threading.Semaphore(0)

            def sign_up(i, turn=turn, started=started):
                started.release()
                email = f"u{turn}-{i}@example.com"
                with contextlib.suppress(OSError, http.client.HTTPException):
                    if d.post("/sign-up/email", {"name": "", "email": email, "password": PASSWORD}).status == 200:
                        answered.append(email)

            with ThreadPoolExecutor(4) as pool:
                for i in range(4):
                    pool.submit(sign_up, i)
                for _ in range(4):
                    started.acquire()
                if turn % 3:
                    have = len(answered)
                    wait_for(lambda have=have: len(answered) > have or d.process.poll() is not None, lambda: "none")
                d.stop(signal.SIGKILL)
            d.start()
        self.assertEqual(d.sql("pragma integrity_check"), [("ok",)])
        self.assertEqual(d.sql("pragma foreign_key_check"), [])
        ((users,),) = d.sql('select count(*) from "user"')
        for table in ("account", "session"):
            self.assertEqual(d.sql(f'select count(*) from "{table}"'), [(users,)])
        self.assertGreaterEqual(users, len(answered))
        self.assertGreater(len(answered), 0)
        for email in answered:
            self.assertEqual(d.sign_in(email).status, 200, email)


    def test_a_store_that_is_replaced_is_served_no_longer(self):
        d = self.daemon()
        cookie = d.cookie_header(d.sign_up())
        self.assertIsNotNone(d.get("/get-session", cookie).json())
        restored = f"{d.store}.restored"
        with contextlib.closing(sqlite3.connect(d.store)) as old, contextlib.closing(sqlite3.connect(restored)) as new:
            old.backup(new)
            new.execute('delete from "session"')
            new.commit()
        for suffix in ("-wal", "-shm"):
            os.unlink(f"{d.store}{suffix}")
        os.replace(restored, d.store)

        # Within a second of the clock the old one is let go, and what starts next serves the new one.
        def is_over():
            with contextlib.suppress(OSError, http.client.HTTPException):
                d.get("/ok")
            return d.process.poll() is not None

        wait_for(is_over, lambda: "still serves the old store")
        self.assertNotEqual(d.process.returncode, 0)
        d.start()
        self.assertIsNone(d.get("/get-session", cookie).json())


class Revocation(Case):
    def test_after_a_sign_out_is_answered_no_check_succeeds(self):
        d = self.daemon()
        d.sign_up()
        for _ in range(5):
            cookie = d.cookie_header(d.sign_in())
            signed_out, live_before = threading.Event(), threading.Semaphore(0)

            def check(cookie=cookie, signed_out=signed_out, live_before=live_before):
                late = 0
                with contextlib.closing(d.connection()) as c:
                    counted = 0
                    while counted < 50:
                        after = signed_out.is_set()
                        r = d.request("GET", "/api/auth/get-session", cookie, connection=c)
                        if not after:
                            live_before.release()
                            continue
                        counted += 1
                        late += r.body != b"null"
                return late

            with ThreadPoolExecutor(4) as pool:
                checks = [pool.submit(check) for _ in range(4)]
                for _ in range(8):
                    live_before.acquire()
                r = d.post("/sign-out", None, {**cookie, "Origin": "http://localhost:8787"})
                signed_out.set()
                self.assertEqual(r.status, 200)
                self.assertEqual([c.result() for c in checks], [0] * 4)


class Log(Case):
    def test_lines_carry_priorities_and_no_secret(self):
        d = self.daemon({"require_email_verification": "false"})
        password = "Tr0ub4dor&3-secret"
        r = d.sign_up(password=password)
        token, cookie = r.json()["token"], d.cookie_header(r)
        d.sign_in(password=password)
        d.sign_in(password="wrong-Tr0ub4dor-guess")
        d.post("/sign-in/email", '{"email":"ann@example.com","password":"Tr0ub4dor-cut', {
            "Content-Type": "application/json"})
        d.get("/get-session?token=Tr0ub4dor-query", cookie)
        jwt = d.get("/token", cookie).json()["token"]
        d.get("/get-session", {"Authorization": f"Bearer {r.header('set-auth-token')}"})
        ((created,),) = d.sql('select "createdAt" from "user"')
        d.sql('update "user" set "createdAt" = ?', "no time")
        self.assertEqual(d.sign_in(password=password).status, 500)
        d.sql('update "user" set "createdAt" = ?', created)
        ((stored,),) = d.sql('select "password" from "account"')
        d.stop()
        log = d.log_text()
        for secret in ("Tr0ub4dor", token, r.header("set-auth-token").split(".")[1], jwt, jwt.split(".")[2],
                       stored, stored[-20:], d.secret):
            self.assertNotIn(secret, log)
        for line in log.splitlines():
            self.assertRegex(line, r"\A<[3-7]>[a-z_]+( [a-z_]+=\S.*)?\Z")
        self.assertIn("<6>request method=POST path=/api/auth/sign-in/email status=401 ms=", log)
        self.assertIn("outcome=BAD_CREDENTIALS", log)
        self.assertRegex(log, r"<3>request method=POST path=/api/auth/sign-in/email status=500 .*detail=\"")
        self.assertIn("<5>listening detail=unix:", log)

    def test_the_level_is_as_configured(self):
        # A build with sanitizers warns that it has no sandbox.
        d = self.daemon({"log_level": "warning", "sandbox": "off"})
        d.sign_up()
        d.get("/get-session")
        d.stop()
        self.assertEqual(d.log_text(), "")

    def test_no_client_can_forge_a_line_or_a_field(self):
        d = self.daemon()
        for path in (b"/x%0a<3>forged", b"/x=1\"status=200", b"/x\x1b[2J", b"/x\x9b2J", b"/x\\", "/ö/Ä/\u2028".encode()):
            with d.raw() as s:
                s.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                s.recv(4096)
        d.get("/" + "x" * 4000)
        d.stop()
        for line in d.log_path.read_bytes().decode().split("\n"):
            self.assertNotIn("\x1b", line)
            self.assertFalse(line.startswith("<3>"))
            self.assertLess(len(line), 1200)
        self.assertIn("[cut]", d.log_text())


if __name__ == "__main__":
    unittest.main()
