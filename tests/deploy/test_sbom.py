"""What `make sbom` writes is what an image holds, in the versions that are pinned."""

import json
import re

import pytest

from tests.deploy.rendering import K8S, ROOT
from tests.deploy.tools import run

WITHIN = 1200.0
SERVICE = "desk"


@pytest.mark.full
@pytest.mark.timeout(WITHIN)
def test_a_bill_of_materials_names_everything_with_its_pinned_version():
    said = run(K8S / "write_sbom.sh", SERVICE, within=WITHIN)
    path = ROOT / "build" / "sbom" / f"{SERVICE}.json"
    content = json.loads(path.read_text())
    held = {part["name"].lower(): part for part in content["components"]}
    pinned = dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "constraints.txt").read_text(), re.M))
    others = {name: part["version"] for name, part in held.items() if name in pinned}

    assert said.split() == [str(path.relative_to(ROOT))]
    assert (content["bomFormat"], content["specVersion"]) == ("CycloneDX", "1.6")
    assert {f"contact-center-{name}" for name in (SERVICE, "chassis", "contracts")} <= held.keys()
    assert others == {name: pinned[name] for name in others} and len(others) > 20
    assert all(part.get("purl") for name, part in held.items() if name in pinned)
    # Tools of development are in no image.
    assert not held.keys() & {"pytest", "mypy", "ruff", "pip", "cyclonedx-bom"}
