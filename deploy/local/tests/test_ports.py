"""Stacks that start at the same time, in several processes, never get the same port."""

import subprocess
import sys
from pathlib import Path

from local_stack.ports import free_ports

MANY = "from local_stack.ports import free_ports; print(*free_ports(150)); input()"


def test_processes_get_different_ports() -> None:
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", MANY],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(4)
    ]
    given = [run.stdout.readline().split() for run in runs if run.stdout]
    for run in runs:
        run.communicate()

    assert [len(ports) for ports in given] == [150] * 4
    assert len({port for ports in given for port in ports}) == 600


def test_ports_are_different_and_leave_those_of_clients_alone() -> None:
    ports = free_ports(20)

    assert len(set(ports)) == 20
    lowest_of_clients = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0]
    assert max(ports) < int(lowest_of_clients)
