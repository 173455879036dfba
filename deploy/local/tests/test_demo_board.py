"""The demo's table shows all of its parts on whatever terminal there is."""

import asyncio
import os

import pytest
from rich.console import Console

from chassis.settings import ServiceSettings
from contact_center.v1 import analytics_service_pb2
from local_stack.demo.board import DECISIONS_SHOWN, Board
from local_stack.tokens import Tokens

REASON = "offered to cem: cem has been idle longest of 3 free agents, who all speak german"


async def a_board() -> Board:
    board = Board(ServiceSettings(), "127.0.0.1:1", "main", Tokens(os.environ))
    board.numbers = analytics_service_pb2.WorkspaceNumbers()
    for name in ("billing", "sales", "support", "vip"):
        queue = board.numbers.queues.add(queue=name, entered=100, waiting=12)
        queue.exits["answered"] = 88
        queue.service_level.cohort, queue.service_level.target_seconds = 88, 20
        queue.service_level.lower, queue.service_level.upper = 0.97, 1.0
    for name in ("ana", "bob", "cem", "dia", "eva", "finn"):
        agent = board.numbers.agents.add(agent_id=name, state="not_responding", handled=11)
        agent.loads.add(channel=2, contacts=3)
        agent.loads.add(channel=1, contacts=1)
        agent.offers.update(accepted=11, made=14, missed=1, rejected=1, withdrawn=1)
    for number in range(DECISIONS_SHOWN):
        board.decisions.append(f"   {number}  email 0c559bbb {REASON}")
    return board


@pytest.mark.parametrize(
    ("columns", "lines", "decisions"), [(80, 24, 9), (100, 30, 12), (80, 50, 12), (130, 50, 12)]
)
def test_everything_fits(columns: int, lines: int, decisions: int) -> None:
    console = Console(width=columns, height=lines)
    board = asyncio.run(a_board())
    with console.capture() as capture:
        console.print(board.render(columns, lines))
    shown = capture.get().splitlines()

    assert len(shown) < lines
    for name in ("billing", "vip", "ana", "finn", "97%–100% in 20 s", "3 video, 1 voice"):
        assert any(name in line for line in shown), name
    assert sum("cem has been idle longest" in line for line in shown) == decisions
