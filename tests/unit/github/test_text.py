"""Text for GitHub's pages."""

from cadrart_infra.github.text import clean, fenced, folded


def test_a_fence_in_the_text_does_not_end_the_block() -> None:
    assert fenced("said ```` so") == "`````text\nsaid ```` so\n`````"


def test_colour_codes_go_and_secret_values_are_masked_the_longest_first() -> None:
    text = "\x1b[31mred\x1b[0m correct-horse correct horse"
    assert clean(text, {"correct", "correct-horse", "ho"}) == "red *** *** horse"


def test_a_fold_that_is_cut_points_to_the_whole() -> None:
    cut = folded("Diff", "abcdef", 3, "there")
    assert "abc\n" in cut
    assert "there" in cut
    assert "there" not in folded("Diff", "abc", 3, "there")
