"""A Postgres that speaks TLS itself and lets nobody in without: the one of the distribution."""

import os
import re
import stat
from pathlib import Path

from local_stack.postgres import postgres_program
from local_stack.processes import Program

PROGRAMS = Path("/usr/lib/postgresql")
ONLY_BY_TLS = "hostssl all all 127.0.0.1/32 scram-sha-256\n"
SETTINGS = {
    "ssl": "on",
    "ssl_cert_file": "server.crt",
    "ssl_key_file": "server.key",
    "ssl_min_protocol_version": "TLSv1.2",
}


def system_binaries() -> Path | None:
    """The programs of the newest Postgres of the distribution, whose builds have TLS."""
    found = [path for path in PROGRAMS.glob("*/bin") if (path / "initdb").exists()]
    return max(found, key=lambda path: int(re.sub(r"\D", "", path.parent.name) or 0), default=None)


def tls_postgres_program(
    data: Path, *, binaries: Path, port: int, password: str, log: Path, pem: Path
) -> Program:
    """It shows what lies in `pem`: the key first, then the certificate's chain."""
    program = postgres_program(
        data, port=port, password=password, log=log, durable=False, binaries=binaries,
        settings=SETTINGS,
    )  # fmt: skip
    assert program.folder is not None
    owner = program.folder.stat()
    key, _, chain = pem.read_text().partition("-----END PRIVATE KEY-----\n")
    for name, content in (
        ("pg_hba.conf", ONLY_BY_TLS),
        ("server.key", f"{key}-----END PRIVATE KEY-----\n"),
        ("server.crt", chain),
    ):
        file = program.folder / name
        file.write_text(content)
        file.chmod(stat.S_IRUSR | stat.S_IWUSR)
        if program.user_id is not None:
            os.chown(file, owner.st_uid, owner.st_gid)
    return program
