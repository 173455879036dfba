"""Generate the Python code of the contracts into proto/gen (or into the folder given)."""

import importlib.resources
import shutil
import sys
from pathlib import Path

from grpc_tools import protoc

HERE = Path(__file__).resolve().parent


def generate(out: Path) -> int:
    """Write the messages, services and their types; what was there before is removed first.

    Returns protoc's exit code.
    """
    shutil.rmtree(out / "contact_center", ignore_errors=True)
    out.mkdir(parents=True, exist_ok=True)
    # The plug-ins are beside this Python; its folder need not be on PATH.
    plugins = [
        f"--plugin={name}={Path(sys.executable).with_name(name)}"
        for name in ("protoc-gen-mypy", "protoc-gen-mypy_grpc")
    ]
    sources = sorted(str(p.relative_to(HERE)) for p in HERE.glob("contact_center/v1/*.proto"))
    code: int = protoc.main(
        [
            "protoc",
            f"-I{HERE}",
            f"-I{importlib.resources.files('grpc_tools') / '_proto'}",
            *plugins,
            f"--python_out={out}",
            f"--grpc_python_out={out}",
            f"--mypy_out=quiet:{out}",
            f"--mypy_grpc_out=quiet:{out}",
            *sources,
        ]
    )
    for folder in ("contact_center", "contact_center/v1"):
        (out / folder / "__init__.py").write_text('"""Generated contracts."""\n')
        (out / folder / "py.typed").write_text("")
    return code


if __name__ == "__main__":
    sys.exit(generate(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else HERE / "gen"))
