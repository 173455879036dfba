"""`contact-center up`: run the whole contact center until SIGTERM or Ctrl-C."""

import argparse
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import TextIO

from local_stack.addresses import addresses
from local_stack.errors import NotReady, StackError
from local_stack.processes import ProcessId, identify
from local_stack.services import SERVICES, fixed_ports
from local_stack.stack import Stack
from local_stack.state import State, read_state, state_file, up_folder, write_state

POLL_SECONDS = 0.1
BACKGROUND_SECONDS = 600.0
LARGEST_OFFSET = 50_000


def main(argv: list[str]) -> int:
    """Run attached, or with --background return when everything is ready."""
    arguments = argparse.ArgumentParser(prog="contact-center up", description=__doc__)
    arguments.add_argument(
        "--background", action="store_true", help="leave it running and return when it is ready"
    )
    arguments.add_argument(
        "--without",
        action="append",
        default=[],
        choices=[service.name for service in SERVICES],
        help="leave a service out, to run it by hand (may be given several times)",
    )
    chosen = arguments.parse_args(argv)
    data = up_folder()
    running = read_state(data)
    if running is not None:
        print(running.addresses if running.is_ready else "it is starting: see make status")
        return 0
    return _in_background(data, argv) if chosen.background else _attached(data, chosen.without)


def _attached(data: Path, without: list[str]) -> int:
    over = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        # The first signal ends it in order; during the start it breaks the waits off.
        if not over.is_set():
            over.set()
            stack.parts.give_up()

    services = [service.name for service in SERVICES if service.name not in without]
    stack = Stack(
        data,
        ports=_ports(),
        services=services,
        apply_rules="router" in services,
        durable=True,
        say=_say,
    )
    stack.claim()
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    began = time.monotonic()
    me = _me()
    try:
        _tell(data, me, stack, text="", is_ready=False)
        stack.start()
        text = addresses(stack)
        _tell(data, me, stack, text=text, is_ready=True)
        print(f"ready after {time.monotonic() - began:.1f} s\n\n{text}", flush=True)
        over.wait()
        _say("stopping")
    except NotReady as error:
        if not over.is_set():
            raise StackError(f"{error}\n\n{_way_out(data)}") from error
    except StackError:
        if not over.is_set():
            raise
    finally:
        stack.stop()
        state_file(data).unlink(missing_ok=True)
    _say("stopped")
    return 0


def _way_out(data: Path) -> str:
    command = Path(sys.executable).with_name("contact-center")
    return (
        f"What was kept in {data} is still there. If that is what is wrong,\n"
        f"  {command} down --delete-data\ndeletes it, and the next run starts empty."
    )


def _tell(data: Path, me: ProcessId, stack: Stack, *, text: str, is_ready: bool) -> None:
    write_state(
        data,
        State(
            supervisor=me,
            is_ready=is_ready,
            environment=stack.environment() if is_ready else {},
            admin_urls={name: stack.admin_url(name, "") for name in stack.instances()},
            addresses=text,
        ),
    )


def _in_background(data: Path, argv: list[str]) -> int:
    """Start a detached process, show what it says, return when it is ready or has failed."""
    log = data.with_name(f"{data.name}.log")
    rest = [argument for argument in argv if argument != "--background"]
    with log.open("wb") as output:
        started = subprocess.Popen(
            [sys.executable, "-m", "local_stack.cli", "up", *rest],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd="/",
        )
    deadline = time.monotonic() + BACKGROUND_SECONDS
    with log.open() as said:
        while True:
            exit_code = started.poll()
            state = read_state(data)
            _pass_on(said)
            if exit_code is not None:
                return exit_code or 1
            if state is not None and state.is_ready:
                return 0
            if time.monotonic() > deadline:
                raise StackError(f"not ready after {BACKGROUND_SECONDS:g} s: see {log}")
            time.sleep(POLL_SECONDS)


def _ports() -> dict[str, int]:
    """Return the fixed ports, moved by CONTACT_CENTER_PORT_OFFSET."""
    offset = os.environ.get("CONTACT_CENTER_PORT_OFFSET", "0")
    if not offset.isdigit() or int(offset) > LARGEST_OFFSET:
        raise StackError(
            f"CONTACT_CENTER_PORT_OFFSET is {offset!r}: use a number from 0 to {LARGEST_OFFSET}"
        )
    return fixed_ports(int(offset))


def _pass_on(said: TextIO) -> None:
    sys.stdout.write(said.read())
    sys.stdout.flush()


def _me() -> ProcessId:
    me = identify(os.getpid())
    if me is None:
        raise AssertionError("a running process has an identity")
    return me


def _say(text: str) -> None:
    if text:
        print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)
