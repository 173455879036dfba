"""Write docs/topics (or the folder given): pages and AsyncAPI from the register and contracts."""

import json
import sys
from pathlib import Path

import contracts
import pages
import yaml
from asyncapi import document

HERE = Path(__file__).resolve().parent
DOCS = HERE.parent / "docs/topics"


def write(out: Path) -> None:
    """Write every page that is made; those that people wrote stay."""
    register = yaml.safe_load((HERE / "topics.yaml").read_text())
    found = contracts.read()
    out.mkdir(parents=True, exist_ok=True)
    for path in out.glob("*.md"):
        if path.read_text().startswith(pages.MADE):
            path.unlink()
    (out / "README.md").write_text(pages.index(register))
    (out / "types.md").write_text(pages.types(register, found))
    for topic in register["topics"]:
        (out / f"{topic['name']}.md").write_text(pages.topic_page(topic, found))
    asyncapi = json.dumps(document(register, found), indent=1, ensure_ascii=False)
    (out / "asyncapi.json").write_text(asyncapi + "\n")


if __name__ == "__main__":
    write(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else DOCS)
