"""`contact-center status`: show which parts run and whether they are ready."""

import argparse

from local_stack.processes import recall
from local_stack.readiness import answers_ok
from local_stack.state import read_state, up_folder


def main(argv: list[str]) -> int:
    """Print one line for each part; exit with 0 only when all are ready."""
    argparse.ArgumentParser(prog="contact-center status", description=__doc__).parse_args(argv)
    data = up_folder()
    state = read_state(data)
    records = sorted((data / "run").glob("*.json"), key=lambda file: file.stat().st_mtime)
    alive = {file.stem: process for file in records if (process := recall(file)) is not None}
    if state is None:
        if alive:
            print(f"a killed run left {', '.join(alive)}: make down ends them, make up too")
        else:
            print("nothing runs: make up starts it")
        return 1
    all_ready = state.is_ready
    for file in records:
        name = file.stem
        process = alive.get(name)
        url = state.admin_urls.get(name)
        is_ready = process is not None and (url is None or answers_ok(f"{url}/readyz"))
        all_ready = all_ready and is_ready
        word = "ready" if is_ready else "not ready" if process else "ended"
        print(
            f"{name:<16} {word:<10} {f'process {process.pid}' if process else '':<16} {url or ''}"
        )
    if not state.is_ready:
        print("starting …")
    return 0 if all_ready else 1
