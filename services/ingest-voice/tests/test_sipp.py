"""The service against SIPp, a SIP stack that nobody here wrote (`apt-get install sip-tester`)."""

import asyncio
import os
import shutil
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path

import pytest
from voice_world import NUMBER, VoiceProcess, World

from contact_center.v1 import channel_commands_pb2
from local_stack.ports import free_ports

SIPP = shutil.which("sipp")
SCENARIOS = Path(__file__).parent / "sipp"
DIGITS = Path("/usr/share/sip-tester")

pytestmark = pytest.mark.skipif(SIPP is None, reason="NOT TRIED: sipp is not installed")


async def sipp(folder: Path, voice: VoiceProcess, scenario: str, number: str, *more: str) -> str:
    """Run a scenario once; what went wrong, or nothing."""
    port, media = free_ports(2)
    process = await asyncio.create_subprocess_exec(
        str(SIPP), f"127.0.0.1:{voice.sip_port}", "-sf", str(SCENARIOS / scenario), "-s", number,
        "-i", "127.0.0.1", "-p", str(port), "-mi", "127.0.0.1", "-mp", str(media & ~1),
        "-m", "1", "-nostdin", "-trace_err", *more,
        cwd=folder, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE,
    )  # fmt: skip
    _, errors = await asyncio.wait_for(process.communicate(), 60)
    logged = "".join(path.read_text() for path in folder.glob("*errors.log"))
    return "" if process.returncode == 0 else f"{process.returncode} {errors.decode()} {logged}"


@pytest.mark.parametrize("transport", ["u1", "t1"], ids=["udp", "tcp"])
async def test_sipp_hears_404_for_a_number_that_leads_nowhere(
    voice: VoiceProcess, around: World, tmp_path: Path, transport: str
):
    assert await sipp(tmp_path, voice, "unknown_number.xml", "999", "-t", transport) == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="NOT TRIED: sipp plays RTP only as root")
@pytest.mark.skipif(not DIGITS.is_dir(), reason="NOT TRIED: sipp's digits are not installed")
async def test_sipp_presses_a_key_and_is_hung_up(
    voice: VoiceProcess, around: World, tmp_path: Path
):
    (tmp_path / "dtmf_2833_2.pcap").write_bytes((DIGITS / "dtmf_2833_2.pcap").read_bytes())
    calling = asyncio.create_task(sipp(tmp_path, voice, "menu_caller.xml", NUMBER))
    contact = await around.fact("contact_arrived")
    question = channel_commands_pb2.Ask(
        message_id="q1",
        text=around.sealed(contact, "Ask.text", "Press two."),
        max_digits=1,
        timeout_seconds=20,
    )
    await around.command(contact, ask=question)
    typed = await around.said("message_recorded", lambda m: m.reply_to_message_id == "q1")
    await around.command(contact, end_contact=channel_commands_pb2.EndContact())

    assert around.opened(typed.body, "MessageRecorded.body") == "2"
    assert await calling == ""
