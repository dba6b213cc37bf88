from chunks.split import parts


def test_last_part_is_short(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"x" * 10)
    assert [part[:2] for part in parts(path, 4)] == [(0, 4), (4, 4), (8, 2)]


def test_empty_file(tmp_path):
    path = tmp_path / "b"
    path.touch()
    assert parts(path) == []
