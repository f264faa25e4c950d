"""Ports of this machine for the servers of tests."""

import random
import socket

# Below the kernel's own range (ip_local_port_range): none of these becomes, between being chosen and
# being listened on, the near end of another test's connection.
RANGE = range(15000, 32000)


def free_port():
    """A port of 127.0.0.1 that nobody listens on."""
    for port in random.sample(RANGE, 100):
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("no free port among a hundred")
