"""An import's scratch file remembers what was committed, and nothing of another file."""

import pytest

from scimserver.storage.errors import StorageUnavailableError
from scimserver.storage.scratch import Later, Mark, Scratch


@pytest.fixture
def path(tmp_path):
    return tmp_path / "people.jsonl.progress"


def test_what_was_kept_is_there_again(path):
    scratch = Scratch(path, "one")
    assert scratch.mark == Mark()
    mark = Mark(stage=1, position=70, line=3, created=2, refused=1)
    waiting = [Later(1, 10, 2, "g1"), Later(2, 40, 3, None, "id-3", "created")]
    scratch.keep(mark, [("a", "id-a"), ("b", "id-b")], waiting)
    scratch.close()
    again = Scratch(path, "one")
    assert again.mark == mark
    assert again.resolve(["a", "c"]) == {"a": "id-a"}
    assert again.later(1, -1, 10) == waiting[:1]
    assert again.later(2, -1, 10) == waiting[1:]
    assert again.later(2, 40, 10) == []
    again.close()


def test_another_file_begins_anew(path):
    scratch = Scratch(path, "one")
    scratch.keep(Mark(line=3), [("a", "id-a")], [Later(1, 10, 2, "g1")])
    scratch.close()
    other = Scratch(path, "two")
    assert other.mark == Mark()
    assert other.resolve(["a"]) == {}
    assert other.later(1, -1, 10) == []
    other.close()


def test_an_id_waits_from_its_own_line_on(path):
    scratch = Scratch(path, "one")
    scratch.keep(Mark(), [], [Later(1, 10, 2, "g1"), Later(1, 20, 3, "g2"), Later(2, 30, 4, "u")])
    assert scratch.waiting(["g1", "g2", "u", "none"], 1, 20) == {"g2"}
    scratch.close()


def test_many_ids_are_resolved_in_chunks(path):
    scratch = Scratch(path, "one")
    scratch.keep(Mark(), [(f"f{n}", f"id{n}") for n in range(1_200)], [])
    assert len(scratch.resolve([f"f{n}" for n in range(2_000)])) == 1_200
    scratch.close()


def test_nothing_is_left_when_it_is_done(path, tmp_path):
    Scratch(path, "one").discard()
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_used_is_named(tmp_path):
    junk = tmp_path / "junk.progress"
    junk.write_text("no database at all, but quite long" * 50)
    for path in (junk, tmp_path / "no such folder" / "x.progress"):
        with pytest.raises(StorageUnavailableError, match="progress"):
            Scratch(path, "one")
