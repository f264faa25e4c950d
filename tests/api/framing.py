#!/usr/bin/env python3
"""How a real sessiond frames what comes over its socket.

The raw cases are those of tests/data/framing.txt, which the unit test of the parser reads too. Here
the whole answer counts: one response per request, the right status, the connection closed after an
error, and a request hidden in the bytes of another one never answered.
"""

import json
import os
import re
import socket
import time
import unittest

from harness import Daemon

CASES = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'data', 'framing.txt')

HEAD_MAX = 8192
HEADERS_MAX = 64
BODY_MAX = 65536

GET = b'GET /api/auth/ok HTTP/1.1\r\nHost: a.test\r\n'
POST = b'POST /api/auth/ok HTTP/1.1\r\nHost: a.test\r\n'
LAST = GET + b'Connection: close\r\n\r\n'

WORDS = {
    '{get}': GET,
    '{post}': POST,
    '{smuggled}': b'GET /api/auth/ok?smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n',
    '\\r': b'\r',
    '\\n': b'\n',
    '\\t': b'\t',
    '\\\\': b'\\',
}

TOKEN = re.compile(r'\{get\}|\{post\}|\{smuggled\}|\\x[0-9a-f]{2}|\\.|.', re.DOTALL)


def unescape(text):
    def one(word):
        if word.startswith('\\x'):
            return bytes.fromhex(word[2:])
        return WORDS.get(word) or word.encode('ascii')

    return b''.join(one(word) for word in TOKEN.findall(text))


def raw_cases():
    with open(CASES, encoding='ascii') as f:
        for line in f:
            line = line.rstrip('\n')
            if line and not line.startswith('#'):
                name, expected, text = line.split(' | ', 2)
                yield name, expected.split(), unescape(text)


class Peer:
    """A connection that reads responses as strictly as the daemon reads requests."""

    def __init__(self, daemon):
        self.sock = daemon.raw()
        self.sock.settimeout(10)
        self.seen = b''

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, data):
        """False when the daemon has closed already, which it may after an error."""
        try:
            self.sock.sendall(data)
            return True
        except (BrokenPipeError, ConnectionResetError):
            return False

    def more(self):
        """False at the end. Closing with unread bytes resets a Unix socket; that is an end too."""
        try:
            data = self.sock.recv(65536)
        except ConnectionResetError:
            data = b''
        self.seen += data
        return data != b''

    def response(self, to='GET'):
        """(status, headers, body) of the next response, None at the end of the connection."""
        while b'\r\n\r\n' not in self.seen:
            if not self.more():
                if self.seen:
                    raise AssertionError(f'half a response: {self.seen!r}')
                return None
        head, self.seen = self.seen.split(b'\r\n\r\n', 1)
        lines = head.decode('latin-1').split('\r\n')
        match = re.fullmatch(r'HTTP/1\.1 ([1-5][0-9]{2}) [A-Za-z ]+', lines[0])
        if not match:
            raise AssertionError(f'no status line: {lines[0]!r}')
        status = int(match[1])
        headers = {}
        for line in lines[1:]:
            name, value = line.split(': ', 1)
            headers.setdefault(name.lower(), []).append(value)
        if status < 200 or status in (204, 304):
            if 'content-length' in headers:
                raise AssertionError(f'{status} with a Content-Length')
            return status, headers, b''
        (length,) = headers['content-length']
        want = 0 if to == 'HEAD' else int(length)
        while len(self.seen) < want:
            if not self.more():
                raise AssertionError('half a body')
        body, self.seen = self.seen[:want], self.seen[want:]
        return status, headers, body

    def final(self, to='GET'):
        """The next response that is not an interim one."""
        while True:
            response = self.response(to)
            if response is None or response[0] >= 200:
                return response

    def statuses(self):
        """Of every response until the daemon closes."""
        found = []
        while (response := self.final()) is not None:
            found.append(response[0])
        return found


class Framing(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # The same few paths hundreds of times: the limiter is somebody else's test.
        cls.daemon = cls.enterClassContext(Daemon({'rate_limit': 'false'}))

    def play(self, data):
        """The statuses that the bytes are answered with, until the daemon closes."""
        with Peer(self.daemon) as peer:
            peer.send(data)
            return peer.statuses()

    def test_each_request_gets_its_one_answer_and_nothing_hidden_gets_any(self):
        for name, expected, data in raw_cases():
            if expected[-1] == 'more':
                continue
            with self.subTest(name), Peer(self.daemon) as peer:
                last = expected[-1]
                peer.send(data + (LAST if '/keep' in last else b''))
                for word in expected:
                    method, _, rest = word.partition('/')
                    response = peer.final(method)
                    self.assertIsNotNone(response, 'closed without an answer')
                    status, headers, _ = response
                    if not rest:
                        self.assertEqual(status, int(word))
                    else:
                        self.assertEqual(status, 200 if method == 'GET' else 404)
                    closing = headers.get('connection', []) == ['close']
                    self.assertEqual(closing, '/keep' not in word)
                if '/keep' in last:
                    self.assertEqual(peer.final()[0], 200)
                self.assertIsNone(peer.response(), 'an answer too many')

    def test_an_unfinished_request_is_not_answered(self):
        for name, expected, data in raw_cases():
            if expected[-1] != 'more':
                continue
            with self.subTest(name), Peer(self.daemon) as peer:
                peer.send(data)
                peer.sock.shutdown(socket.SHUT_WR)
                self.assertIn(peer.statuses(), ([], [400], [408]))

    def test_bytes_may_come_one_at_a_time(self):
        data = POST + b'Content-Length: 5\r\n\r\nhello' + GET + b'\r\n' + LAST
        with Peer(self.daemon) as peer:
            for i in range(len(data)):
                peer.send(data[i:i + 1])
            self.assertEqual(peer.statuses(), [404, 200, 200])

    def test_an_error_is_found_in_single_bytes_too(self):
        data = POST + b'Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello'
        with Peer(self.daemon) as peer:
            for i in range(len(data)):
                if not peer.send(data[i:i + 1]):
                    break
            self.assertEqual(peer.statuses(), [400])

    def test_pipelined_requests_are_answered_in_order(self):
        other = b'GET /api/auth/nothing-here HTTP/1.1\r\nHost: a.test\r\n\r\n'
        self.assertEqual(
            self.play((GET + b'\r\n' + other) * 20 + LAST), [200, 404] * 20 + [200])

    def test_a_slow_request_is_not_overtaken_by_the_one_behind_it(self):
        body = json.dumps({'email': 'nobody@example.com', 'password': 'not-the-password'}).encode()
        slow = (b'POST /api/auth/sign-in/email HTTP/1.1\r\nHost: a.test\r\n'
                b'Content-Type: application/json\r\nContent-Length: %d\r\n\r\n' % len(body)) + body
        with Peer(self.daemon) as peer:
            peer.send(slow + LAST)
            self.assertEqual(peer.final()[0], 401)
            status, _, answer = peer.final()
            self.assertEqual((status, json.loads(answer)), (200, {'ok': True}))
            self.assertIsNone(peer.response())

    def test_expect_continue_is_answered_before_the_body_is_sent(self):
        with Peer(self.daemon) as peer:
            peer.send(POST + b'Content-Length: 5\r\nExpect: 100-continue\r\n\r\n')
            status, headers, _ = peer.response()
            # A final answer at once is allowed too (RFC 9110 10.1.1), but then it must close.
            if status == 100:
                peer.send(b'hello' + LAST)
                self.assertEqual(peer.statuses(), [404, 200])
            else:
                self.assertEqual((status, headers.get('connection')), (404, ['close']))
                self.assertIsNone(peer.response())

    def test_a_body_over_the_limit_is_refused_before_it_is_sent(self):
        head = POST + b'Content-Length: %d\r\nExpect: 100-continue\r\n\r\n' % (BODY_MAX + 1)
        with Peer(self.daemon) as peer:
            peer.send(head)
            status, headers, _ = peer.response()
            self.assertEqual((status, headers.get('connection')), (413, ['close']))
            self.assertIsNone(peer.response())

    def test_a_body_of_the_limit_passes_and_one_more_byte_is_413(self):
        def request(n):
            return POST + b'Content-Length: %d\r\n\r\n' % n + b'x' * n

        self.assertEqual(self.play(request(BODY_MAX) + LAST), [404, 200])
        self.assertEqual(self.play(request(BODY_MAX + 1) + LAST), [413])

    def test_as_many_headers_as_the_limit_pass_and_one_more_is_431(self):
        fill = b'X: y\r\n'
        self.assertEqual(self.play(GET + fill * (HEADERS_MAX - 1) + b'\r\n' + LAST), [200, 200])
        self.assertEqual(self.play(GET + fill * HEADERS_MAX + b'\r\n' + LAST), [431])

    def test_a_head_of_the_limit_passes_and_one_more_byte_is_431(self):
        def head(n):
            return GET + b'X: ' + b'y' * (n - len(GET) - 7) + b'\r\n\r\n'

        self.assertEqual(len(head(HEAD_MAX)), HEAD_MAX)
        self.assertEqual(self.play(head(HEAD_MAX) + LAST), [200, 200])
        self.assertEqual(self.play(head(HEAD_MAX + 1) + LAST), [431])

    def test_a_request_line_over_the_limit_is_414(self):
        line = b'GET /api/auth/ok?' + b'x' * HEAD_MAX + b' HTTP/1.1\r\nHost: a.test\r\n\r\n'
        self.assertEqual(self.play(line + LAST), [414])

    def test_a_stranger_on_the_socket_leaves_the_others_alone(self):
        with Peer(self.daemon) as patient:
            patient.send(GET)
            self.assertEqual(self.play(b'\x00' * 100000), [400])
            patient.send(b'Connection: close\r\n\r\n')
            self.assertEqual(patient.statuses(), [200])


class Deadlines(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = cls.enterClassContext(Daemon(
            {'rate_limit': 'false', 'request_timeout': '1s', 'idle_timeout': '1s'}))

    def closed_in_time(self, start, drip, answered=b''):
        """After start, drip again and again does not keep the connection open."""
        with Peer(self.daemon) as peer:
            if answered:
                peer.send(answered)
                self.assertEqual(peer.final()[0], 200)
            begin = time.monotonic()
            peer.send(start)
            peer.sock.settimeout(0.1)
            while self.is_open(peer):
                self.assertLess(time.monotonic() - begin, 60, 'still open')
                peer.send(drip)
            taken = time.monotonic() - begin

        self.assertIn(peer.seen.split(b'\r\n')[0], (b'', b'HTTP/1.1 408 Request Timeout'))
        # Not before the deadline; how long after it is a matter of how busy the machine is.
        self.assertGreater(taken, 0.8)

    @staticmethod
    def is_open(peer):
        try:
            return peer.more()
        except TimeoutError:
            return True

    def test_a_trickled_request_line_ends_at_the_deadline(self):
        self.closed_in_time(b'GET /', b'a')

    def test_a_trickled_head_ends_at_the_deadline(self):
        self.closed_in_time(GET, b'X: y\r\n')

    def test_a_trickled_body_ends_at_the_deadline(self):
        self.closed_in_time(POST + b'Content-Length: 1000\r\n\r\n', b'x')

    def test_a_body_that_never_comes_ends_at_the_deadline(self):
        self.closed_in_time(POST + b'Content-Length: 1000\r\n\r\n', b'')

    def test_a_trickled_second_request_ends_at_its_own_deadline(self):
        self.closed_in_time(b'GET /', b'a', answered=GET + b'\r\n')

    def test_a_silent_connection_is_closed(self):
        self.closed_in_time(b'', b'')

    def test_a_silent_connection_is_closed_after_an_answer_too(self):
        self.closed_in_time(b'', b'', answered=GET + b'\r\n')


if __name__ == '__main__':
    unittest.main()
