"""Confine an extraction child with what Linux offers to every user: no new privileges, Landlock, seccomp.

A parser's fault may let a page run its own code in the child. That code then finds no socket, no program to start, no
file to write, and no file to read but Python's own. What the kernel or the processor's table below lacks is left out:
Landlock needs Linux 5.13, the system calls are listed for x86-64 and ARM64.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

_PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 4, 22, 38
_SECCOMP_MODE_FILTER = 2
_LANDLOCK_CREATE_RULESET, _LANDLOCK_ADD_RULE, _LANDLOCK_RESTRICT_SELF = 444, 445, 446
_LANDLOCK_CREATE_RULESET_VERSION = 1
_LANDLOCK_RULE_PATH_BENEATH = 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_ACCESS_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""Number of the rights on files that a version of Landlock knows (linux/landlock.h)."""


def hide_memory() -> None:
    """Keep other processes of the same user from reading this one's memory and environment (`/proc/PID/environ`)."""
    if sys.platform == "linux":
        _libc().prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def confine() -> list[str]:
    """Confine this process for good; return what holds now: `landlock`, `seccomp`, or less if the kernel refuses."""
    if sys.platform != "linux":
        return []
    libc = _libc()
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return []
    held = {"landlock": _restrict_files(libc, _readable()), "seccomp": _restrict_calls(libc)}
    return [name for name, holds in held.items() if holds]


def tried() -> list[str]:
    """What `confine` returns on this machine; another process tries it."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        os.write(writing, " ".join(confine()).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        held = answer.read().split()
    os.waitpid(pid, 0)
    return held


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


# --- Landlock: which files --------------------------------------------------------------------------------------


def _readable() -> set[Path]:
    """Folders that Python reads while it works: late imports, codecs, time zones and the libraries they load."""
    own = Path(__file__).resolve().parents[1]
    named = (sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    installed = (entry for entry in sys.path if Path(entry).name in ("site-packages", "dist-packages", "lib-dynload"))
    system = ("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/share/zoneinfo", "/etc/ld.so.cache")
    return {own, own.parent / "archive", *map(Path, (*filter(None, named), *installed, *system))}


def _restrict_files(libc: ctypes.CDLL, readable: Iterable[Path]) -> bool:
    """Allow this process to open files below `readable` for reading, and no other (landlock(7)); False if refused."""
    version = libc.syscall(_LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), _LANDLOCK_CREATE_RULESET_VERSION)
    if version < 1:
        return False
    rights = (1 << _ACCESS_RIGHTS.get(version, max(_ACCESS_RIGHTS.values()))) - 1
    handled = ctypes.c_uint64(rights)
    rules = libc.syscall(_LANDLOCK_CREATE_RULESET, ctypes.byref(handled), ctypes.c_size_t(8), 0)
    if rules < 0:
        return False
    for path in readable:
        try:
            descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue  # not on this machine
        allowed = _READ_FILE | _READ_DIR if path.is_dir() else _READ_FILE
        rule = ctypes.create_string_buffer(struct.pack("=Qi", allowed, descriptor))
        libc.syscall(_LANDLOCK_ADD_RULE, rules, _LANDLOCK_RULE_PATH_BENEATH, rule, 0)
        os.close(descriptor)
    refused = libc.syscall(_LANDLOCK_RESTRICT_SELF, rules, 0)
    os.close(rules)
    return not refused


# --- seccomp: which system calls --------------------------------------------------------------------------------

# fmt: off
_CALLS: dict[str, tuple[int, int]] = {
    # What glibc and Python need to read pages; 394 recorded pages give the same posts with and without the filter.
    # name: x86-64, ARM64; -1 where the processor has no such call
    "read": (0, 63), "write": (1, 64), "close": (3, 57), "lseek": (8, 62), "pread64": (17, 67), "readv": (19, 65),
    "stat": (4, -1), "fstat": (5, 80), "lstat": (6, -1), "newfstatat": (262, 79), "statx": (332, 291),
    "access": (21, -1), "faccessat": (269, 48), "faccessat2": (439, 439), "readlink": (89, -1),
    "readlinkat": (267, 78), "getdents64": (217, 61), "getcwd": (79, 17),
    "mmap": (9, 222), "mprotect": (10, 226), "munmap": (11, 215), "brk": (12, 214), "mremap": (25, 216),
    "madvise": (28, 233), "futex": (202, 98), "set_robust_list": (273, 99), "rseq": (334, 293),
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "sigaltstack": (131, 132),
    "restart_syscall": (219, 128), "setitimer": (38, 103), "clock_gettime": (228, 113), "clock_getres": (229, 114),
    "gettimeofday": (96, 169), "clock_nanosleep": (230, 115), "nanosleep": (35, 101), "sched_yield": (24, 124),
    "getpid": (39, 172), "gettid": (186, 178), "getuid": (102, 174), "geteuid": (107, 175), "getgid": (104, 176),
    "getegid": (108, 177), "getrandom": (318, 278), "exit": (60, 93), "exit_group": (231, 94),
}
_OPENAT = (257, 56)
# fmt: on
_OPEN = 2
"""`open`, on x86-64 only."""
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
"""Column of the table, and the kernel's number of the architecture (linux/audit.h)."""
_LOAD, _IS_EQUAL, _IS_AT_LEAST, _HAS_BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_EPERM, _ENOSYS = 1, 38
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENT_AT = 0, 4, 16
"""Offsets in struct seccomp_data (linux/seccomp.h); each argument has eight bytes, the lower four first."""
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def _restrict_calls(libc: ctypes.CDLL) -> bool:
    """Allow this process the calls of the table, and `open` for reading only (seccomp(2)); False if refused.

    Others fail with ENOSYS, upon which glibc tries an older call; another architecture's calls end the process.
    """
    column, architecture = _ARCHITECTURES.get(platform.machine(), (-1, 0))
    if column < 0:
        return False
    steps = [_step(_LOAD, _ARCHITECTURE_AT), _step(_IS_EQUAL, architecture, 1, 0), _step(_RETURN, _KILL)]
    steps += [_step(_LOAD, _NUMBER_AT), _step(_IS_AT_LEAST, 0x40000000, 0, 1), _step(_RETURN, _KILL)]  # the x32 ABI
    for number in (numbers[column] for numbers in _CALLS.values()):
        if number >= 0:
            steps += [_step(_IS_EQUAL, number, 0, 1), _step(_RETURN, _ALLOW)]
    opening = [(_OPENAT[column], 2), *([(_OPEN, 1)] if column == 0 else [])]
    for number, flags in opening:
        steps += [
            _step(_IS_EQUAL, number, 0, 4),
            _step(_LOAD, _ARGUMENT_AT + 8 * flags),
            _step(_HAS_BITS, _WRITES, 0, 1),
            _step(_RETURN, _REFUSE | _EPERM),
            _step(_RETURN, _ALLOW),
        ]
    steps.append(_step(_RETURN, _REFUSE | _ENOSYS))
    code = ctypes.create_string_buffer(b"".join(steps))
    program = ctypes.create_string_buffer(struct.pack("@HP", len(steps), ctypes.addressof(code)))
    return not libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, program, 0, 0)


def _step(code: int, value: int, true: int = 0, false: int = 0) -> bytes:
    """One instruction of classic BPF; the jumps count the instructions to skip."""
    return struct.pack("=HBBI", code, true, false, value)
