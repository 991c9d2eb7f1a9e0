from pathlib import Path

import pytest

from cli.categories import read_categories
from cli.errors import UsageError


def read(tmp_path, content):
    file = tmp_path / "tree"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_categories(file)


def test_googles_taxonomy_with_ids_is_read(tmp_path):
    text = "# Google_Product_Taxonomy_Version: 2021-09-21\r\n1 - Garden - Yard\r\n77 - Garden - Yard > Rakes\r\n"
    assert read(tmp_path, text) == [
        {"path": "Garden - Yard", "id": "1"},
        {"path": "Garden - Yard > Rakes", "id": "77"},
    ]


def test_one_path_per_line_is_read(tmp_path):
    assert read(tmp_path, "\ufeffGarden\n\n 3 - D > Films \n# no\nToys, Games > Cars\n") == [
        {"path": "Garden"},
        {"path": "3 - D > Films"},
        {"path": "Toys, Games > Cars"},
    ]


def test_a_table_is_read(tmp_path):
    text = "ID,Path,Synonyms\n1,Garden,\n,Garden > Rakes,Harken| Leaf rakes |\n9,,\n"
    assert read(tmp_path, text) == [
        {"path": "Garden", "id": "1"},
        {"path": "Garden > Rakes", "synonyms": ["Harken", "Leaf rakes"]},
    ]


@pytest.mark.parametrize(
    ("content", "words"), [("", "no category"), ("# only\n", "no category"), (b"\xff\xfe\n", "no UTF-8")]
)
def test_a_wrong_file_is_refused(tmp_path, content, words):
    with pytest.raises(UsageError, match=words):
        read(tmp_path, content)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(UsageError, match="No such file"):
        read_categories(tmp_path / "nothing")


@pytest.mark.realdata
def test_googles_own_file_is_read():
    file = Path(__file__).resolve().parents[2].parent / "shared/data/taxonomy/taxonomy-with-ids.en-US.txt"
    if not file.exists():
        pytest.skip(f"needs Google's product taxonomy at {file}")
    tree = read_categories(file)
    assert len(tree) == 5595
    assert {"path": "Animals & Pet Supplies > Live Animals", "id": "3237"} in tree
