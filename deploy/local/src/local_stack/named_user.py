"""Run a program that wants a user name when our user id has none, as containers often do.

A new user namespace shows the program a user id that /etc/passwd knows; files it
makes belong to us all the same. Run as `python -m local_stack.named_user COMMAND...`.
"""

import ctypes
import os
import pwd
import sys
from pathlib import Path

CLONE_NEWUSER = 0x10000000


def main(command: list[str]) -> None:
    """Enter the namespace and become the command."""
    user_id, group_id = os.geteuid(), os.getegid()
    named = next((entry for entry in pwd.getpwall() if entry.pw_uid != 0), None)
    libc = ctypes.CDLL(None, use_errno=True)
    if named is None or libc.unshare(CLONE_NEWUSER) != 0:
        sys.exit(
            f"user id {user_id} has no name: add it to /etc/passwd, or set DATABASE_URL "
            "to a Postgres that runs"
        )
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{named.pw_uid} {user_id} 1")
    Path("/proc/self/gid_map").write_text(f"{named.pw_gid} {group_id} 1")
    os.execv(command[0], command)  # noqa: S606  (the caller's own program, by its full path)


if __name__ == "__main__":
    main(sys.argv[1:])
