"""without.py CALL COMMAND...: runs the command on a kernel that does not know this system call."""

import ctypes
import errno
import os
import struct
import sys

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD_NR = (0x20, 0, 0, 0)  # BPF_LD | BPF_W | BPF_ABS, of the field nr
ALLOW, ERRNO = 0x7FFF0000, 0x00050000

number = {"landlock_create_ruleset": 444}[sys.argv[1]]
program = b"".join(struct.pack("HBBI", *i) for i in (
    LOAD_NR,
    (0x15, 0, 1, number),  # BPF_JMP | BPF_JEQ: next if it is that
    (0x06, 0, 0, ERRNO | errno.ENOSYS),  # BPF_RET
    (0x06, 0, 0, ALLOW),
))
buffer = ctypes.create_string_buffer(program)


class Program(ctypes.Structure):
    _fields_ = [("n", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


libc = ctypes.CDLL(None, use_errno=True)
given = Program(len(program) // 8, ctypes.addressof(buffer))
for call in ((PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(given), 0, 0)):
    if libc.prctl(*call) != 0:
        sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")
os.execv(sys.argv[2], sys.argv[2:])
