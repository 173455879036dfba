"""The register of topics, the code and the documents say the same."""

import importlib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
REGISTER = yaml.safe_load((ROOT / "proto" / "topics.yaml").read_text())
TOPICS = {topic["name"]: topic for topic in REGISTER["topics"]}
# A writer that is a command of a service, not the service itself.
HOSTED = {"policy-command": "router", "audit-command": "crm"}


def services() -> dict[str, str]:
    """Return each service's source as one text, without its tests."""
    return {
        folder.name: "\n".join(path.read_text() for path in (folder / "src").rglob("*.py"))
        for folder in (ROOT / "services").iterdir()
        if folder.is_dir()
    }


def registered(topic: dict[str, Any]) -> set[str]:
    """Return the services that write or read the topic."""
    return {HOSTED.get(name, name) for name in [*topic["writers"], *topic["readers"]]}


@pytest.mark.parametrize("name", TOPICS)
def test_each_topic_names_a_message_of_the_contracts(name: str):
    package, _, message = TOPICS[name]["message"].rpartition(".")
    found = []
    for path in (ROOT / "proto/gen" / package.replace(".", "/")).glob("*_pb2.py"):
        module = importlib.import_module(f"{package}.{path.stem}")
        found += [module] if hasattr(module, message) else []

    assert found, f"{name}: {message} is in no contract of {package}"


@pytest.mark.parametrize("name", TOPICS)
def test_who_names_a_topic_in_code_is_registered_and_who_is_registered_names_it(name: str):
    in_code = {service for service, source in services().items() if f'"{name}"' in source}

    assert in_code == registered(TOPICS[name])


@pytest.mark.parametrize("name", TOPICS)
def test_the_documents_know_each_topic(name: str):
    documents = "\n".join(path.read_text() for path in (ROOT / "docs").glob("*.md"))

    assert name in documents


def test_dead_letters_are_registered_for_readers_only():
    for topic, readers in REGISTER["dead_letters"]["services"].items():
        assert set(readers) <= set(TOPICS[topic]["readers"]), topic
