"""How the reactions of a campaign lie in their budgets: in the JSON and on the page."""

from reedgate_boards.site.language import translator
from reedgate_sim.campaign.report import shares, write_report

TAKEN = [(100 * share, 1000) for share in range(1, 10)] + [(500, 1000)] * 10 + [(2000, 2000)]
RESULT = {"runs": 7, "violations": [], "excused": {"drive_fault": 3}}


def test_each_share_is_of_so_many_of_the_reactions():
    assert shares([]) == {}
    assert shares(TAKEN) == {50: 0.5, 90: 0.8, 99: 1.0, 100: 1.0}
    assert shares([(1, 2), (999, 1000)]) == {50: 0.5, 90: 0.999, 99: 0.999, 100: 0.999}


def test_the_page_has_a_bar_for_each_twentieth_that_a_reaction_lies_in(tmp_path):
    for language, words in (("en", "Share of the budget used"), ("zh", "占预算的比例")):
        file = tmp_path / f"{language}.html"
        write_report(file, RESULT, TAKEN, translator("reedgate_sim", language), language)
        text = file.read_text(encoding="utf-8")
        assert words in text
        assert text.count("<rect") == 10
        assert "<title>11</title>" in text  # the highest: of 500 of 1000 ms
        assert "drive_fault" in text
