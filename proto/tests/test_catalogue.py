"""What data teams are told is what the contracts, the register and the tests say."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from contact_center.v1.contact_events_pb2 import ContactEvent

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs/topics"
REGISTER = yaml.safe_load((ROOT / "proto/topics.yaml").read_text())
PARSER = "@asyncapi/parser@3.6.3"
NPM_SECONDS = 240
# Reads a document from the path given, says what is wrong with it, and fails if anything is.
CHECK = """
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";
const { document, diagnostics } = await new Parser().parse(readFileSync(process.argv[2], "utf8"));
for (const d of diagnostics.filter((d) => d.severity < 2)) console.log(d.path.join("/"), d.message);
console.log(`${document?.channels().all().length ?? 0} channels`);
process.exit(document && !diagnostics.some((d) => d.severity < 2) ? 0 : 1);
"""


def test_the_pages_are_what_the_contracts_and_the_register_say(tmp_path: Path):
    command = [sys.executable, str(ROOT / "proto/catalogue.py"), str(tmp_path)]
    subprocess.run(command, check=True, timeout=120)
    made = {path.name: path.read_text() for path in tmp_path.iterdir()}
    stale = [name for name, text in made.items() if (DOCS / name).read_text() != text]
    by_hand = {"guarantees.md", "reading.md"}

    assert stale == [], "run make proto"
    assert {path.name for path in DOCS.glob("*.*")} == made.keys() | by_hand


def test_every_topic_has_its_page_and_its_channel():
    asyncapi = yaml.safe_load((DOCS / "asyncapi.json").read_text())
    addresses = {channel["address"] for channel in asyncapi["channels"].values()}

    assert addresses == {topic["name"] for topic in REGISTER["topics"]}
    for topic in REGISTER["topics"]:
        assert topic["says"] in (DOCS / f"{topic['name']}.md").read_text()


def test_the_asyncapi_document_is_valid(tmp_path: Path):
    found = subprocess.run(
        ["node", _parser() / "check.mjs", DOCS / "asyncapi.json"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert found.returncode == 0, found.stdout + found.stderr
    assert f"{len(REGISTER['topics'])} channels" in found.stdout

    broken = tmp_path / "asyncapi.json"
    broken.write_text((DOCS / "asyncapi.json").read_text().replace('"send"', '"shout"', 1))
    refused = subprocess.run(
        ["node", _parser() / "check.mjs", broken], capture_output=True, text=True, timeout=120
    )
    assert refused.returncode != 0


def test_every_guarantee_names_tests_that_exist():
    rows = [line for line in (DOCS / "guarantees.md").read_text().splitlines() if "| " in line]
    sentences = [row.split("|")[1:3] for row in rows if "---" not in row and "shown by" not in row]
    missing = []
    for sentence, shown in sentences:
        places = re.findall(r"`([\w/.-]+\.py)::(\w+)`", shown)
        assert places, f"nothing shows: {sentence}"
        missing += [
            f"{path}::{name}"
            for path, name in places
            if not (ROOT / path).is_file() or f"def {name}(" not in (ROOT / path).read_text()
        ]

    assert len(sentences) > 18
    assert missing == []


def test_a_breaking_change_is_refused(tmp_path: Path):
    now = ROOT / "proto"
    changed = tmp_path / "proto"
    shutil.copytree(now / "contact_center", changed / "contact_center")
    shutil.copy(now / "buf.yaml", changed)
    file = changed / "contact_center/v1/contact_events.proto"
    file.write_text(re.sub(r"string event_id = (\d+);", r"string other = \1;", file.read_text()))
    buf = Path(sys.executable).with_name("buf")
    command = [buf, "breaking", "--against", now]
    refused = subprocess.run(command, cwd=changed, capture_output=True, text=True, timeout=120)

    assert refused.returncode != 0
    assert "event_id" in refused.stdout + refused.stderr


def test_an_older_reader_reads_a_newer_record():
    """Field 500 is of a version to come."""
    known = ContactEvent(event_id="e1", workspace="main")
    of_tomorrow = known.SerializeToString() + b"\xa2\x1f\x03new"
    read = ContactEvent.FromString(of_tomorrow)

    assert (read.event_id, read.workspace) == ("e1", "main")
    assert read.SerializeToString() == of_tomorrow


def _parser() -> Path:
    """A folder with the parser of AsyncAPI's own project; skips where it cannot be had."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("ASYNCAPI NOT VALIDATED: there is no node or no npm")
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    folder = cache / "contact-center" / PARSER.replace("/", "-")
    if not (folder / "node_modules/@asyncapi/parser/package.json").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        install = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", PARSER]
        try:
            subprocess.run(
                install, cwd=folder, check=True, capture_output=True, timeout=NPM_SECONDS
            )
        except (subprocess.SubprocessError, OSError) as error:
            shutil.rmtree(folder, ignore_errors=True)
            pytest.skip(f"ASYNCAPI NOT VALIDATED: npm install {PARSER}: {error}")
    (folder / "check.mjs").write_text(CHECK)
    return folder
