import pytest

from cli.brands import read_brands
from cli.errors import UsageError


def test_names_and_aliases_are_read(tmp_path):
    file = tmp_path / "brands.csv"
    file.write_bytes(
        "\ufeffName,ALIASES\r\n Aldermoor ,Aldermoor Ltd.| Alder Moor |\r\n,nobody\r\nTamsiva,\r\n".encode()
    )

    assert read_brands(file) == [("Aldermoor", ["Aldermoor Ltd.", "Alder Moor"]), ("Tamsiva", [])]


def test_aliases_may_be_missing(tmp_path):
    file = tmp_path / "brands.csv"
    file.write_text("name\nAldermoor\n")

    assert read_brands(file) == [("Aldermoor", [])]


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"brand\nx\n", "no column 'name'"), (b"", "no column 'name'"), (b"name\n\xff\xfe\n", "no UTF-8 CSV")],
)
def test_a_wrong_file_is_refused(tmp_path, content, words):
    file = tmp_path / "brands.csv"
    file.write_bytes(content)

    with pytest.raises(UsageError, match=words):
        read_brands(file)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(UsageError, match="No such file"):
        read_brands(tmp_path / "nothing.csv")
