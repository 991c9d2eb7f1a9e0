from services.silver.rules.remembered import remembered


def test_an_answer_is_kept_unless_its_subject_is_long():
    asked = []

    @remembered(entries=10, longest=3)
    def size(subject, factor=1):
        asked.append(subject)
        return len(subject) * factor

    assert [size("ab"), size("ab"), size("abcd"), size("abcd"), size("ab", 2)] == [2, 2, 4, 4, 4]
    assert asked == ["ab", "abcd", "abcd", "ab"]
