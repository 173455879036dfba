"""docs/deploy.md names files, targets and objects that there are."""

import re

from tests.deploy.rendering import K8S, ROOT

TEXT = (ROOT / "docs" / "deploy.md").read_text()
MAKE = (ROOT / "Makefile").read_text()


def test_each_file_that_is_named_is_there():
    names = set(re.findall(r"\b(?:deploy|docs|libs|proto|services|tests)/[\w./-]+\w", TEXT))

    assert len(names) > 5
    assert {name for name in names if not (ROOT / name).exists()} == set()


def test_each_target_that_is_named_is_there():
    targets = set(re.findall(r"\bmake ([a-z][a-z0-9-]+)", TEXT)) - {"it"}

    assert {"images", "sbom", "k8s"} <= targets
    assert {name for name in targets if not re.search(rf"^{name}:", MAKE, re.M)} == set()


def test_each_derived_store_that_can_be_forgotten_is_told():
    for file in (K8S / "restore").glob("*.sql"):
        assert f"deploy/k8s/restore/{file.name}" in TEXT
