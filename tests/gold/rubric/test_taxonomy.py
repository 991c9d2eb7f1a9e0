import pytest


@pytest.mark.parametrize(
    ("path", "lost"),
    [
        (None, 15.0),
        ("Uncategorized", 15.0),
        (" > ", 15.0),
        ("Lamps", 9.0),
        ("Home > Lamps", 4.5),
        ("Home >  > Lamps", 4.5),  # an empty level is no level
        ("Home > Lighting > Lamps", None),
        ("Home > Lighting > Lamps > Floor", None),
    ],
)
def test_depth_decides(gap_of, path, lost):
    gap = gap_of("categoryPath", {"categoryPath": path})

    assert (gap and gap[0]) == lost


@pytest.mark.parametrize(("path", "lost"), [("Lamps", 10.2), ("Home > Lamps", 6.6), ("Home > Lighting > Lamps", 3.0)])
def test_unlinked_path_keeps_four_fifths_where_there_is_a_tree(gap_of, path, lost):
    gap = gap_of("categoryPath", {"categoryPath": path, "_category_unlinked": True})

    assert gap[0] == lost


def test_linked_path_in_a_tree_loses_nothing(gap_of):
    assert gap_of("categoryPath", {"_category_unlinked": False}) is None


def test_unlinked_path_loses_nothing_without_a_tree(gap_of):
    assert gap_of("categoryPath", {"_category_unlinked": None}) is None
