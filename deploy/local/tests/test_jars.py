"""The broker's jars are complete and unchanged, or the download is done again."""

from pathlib import Path

import pytest

from local_stack import jars
from local_stack.errors import StackError
from local_stack.home import home
from local_stack.jars import Jar, kafka_jars, locked_jars


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Maven repository on disk with every jar of the real cache."""
    folder = tmp_path_factory.mktemp("repository")
    for jar, file in zip(locked_jars(), kafka_jars(home()), strict=True):
        place = folder.joinpath(*jar.group.split("."), jar.artifact, jar.version)
        place.mkdir(parents=True)
        (place / jar.file_name).symlink_to(file)
    return folder


def test_a_jar_that_arrived_only_half_is_fetched_again(tmp_path: Path, repository: Path) -> None:
    """A download that was killed must not become a riddle from Java."""
    whole = kafka_jars(tmp_path, [repository])
    broken = whole[1]
    broken.write_bytes(broken.read_bytes()[:1000])
    again = kafka_jars(tmp_path, [repository])

    assert again == whole
    assert broken.read_bytes() == (home() / "jars" / broken.parent.name / broken.name).read_bytes()


def test_what_a_killed_download_left_is_cleared_away(tmp_path: Path, repository: Path) -> None:
    scratch = tmp_path / "jars" / f"kafka-{jars.KAFKA_VERSION}" / "partial"
    scratch.mkdir(parents=True)
    (scratch / "half.jar").write_bytes(b"PK")
    kafka_jars(tmp_path, [repository])

    assert not scratch.exists()


def test_a_jar_with_another_hash_is_refused(tmp_path: Path, repository: Path) -> None:
    good = locked_jars()[0]
    wrong = Jar(group=good.group, artifact=good.artifact, version=good.version, sha256="0" * 64)

    with pytest.raises(StackError, match="the hash of the download is wrong"):
        jars._fetch(wrong, tmp_path / "scratch", tmp_path, [repository])
