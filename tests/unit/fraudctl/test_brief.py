"""What somebody sees who is about to replace one release by another."""

from fraudctl.flows.comparison.brief import brief
from fraudctl.flows.comparison.row import Row, not_compared


def test_few_lines_say_how_figures_change_and_what_is_worse_or_quick() -> None:
    evaluation = [
        ("average precision", 0.8538, 0.8402, -0.0136, (-0.017, -0.0102), "certainly worse"),
        (
            "expected cost per 1,000",
            1234.5,
            1240.0,
            0.0045,
            (-0.01, 0.02),
            "change as a share of the first's",
        ),
        ("|mean score / fraud rate - 1|", 0.02, 0.03, 0.01, (-0.01, 0.03), ""),
        ("frauds caught, travel", 0.8, 0.6, -0.2, (-0.3, -0.1), "certainly lower"),
        ("frauds caught, home", 0.8, 0.7, -0.1, (-0.3, 0.1), ""),
    ]
    rows = [
        Row("model", "digest", "a" * 64, "b" * 64),
        Row("model", "trained", "fully", "quickly", note="trained quickly, for a demo"),
        Row("metrics", "roc_auc", 0.99, 0.98, -0.01, note="lower"),
        Row("evaluation", "payments", 1000, 1000),
        *(Row("evaluation", *each) for each in evaluation),
        Row("golden rows", "decisions flipped", change=12.0, note="of 350 golden rows"),
        Row("policy", "review", "0.1", "0.2", note="another policy decides"),
        Row("parameters", "eta", "0.1", "0.2"),
        Row("features", "the same"),
    ]
    assert [
        (
            "average precision               0.8538 -> 0.8402  "
            "(-0.0136, 95 % interval -0.017 to -0.0102)  certainly worse"
        ),
        (
            "expected cost per 1,000         1234 -> 1240  "
            "(+0.0045, 95 % interval -0.01 to +0.02)  change as a share of the first's"
        ),
        "|mean score / fraud rate - 1|   0.02 -> 0.03  (+0.01, 95 % interval -0.01 to +0.03)",
        "decisions flipped               12 of 350 golden rows",
        "warning: trained quickly, for a demo",
        "warning: certainly fewer frauds caught, travel",
        "warning: another policy decides: review",
    ] == list(brief(rows))


def test_without_labelled_payments_their_own_figures_are_shown_and_the_reason() -> None:
    rows = [
        Row("metrics", "roc_auc", 0.99, 0.98, -0.01, note="lower"),
        not_compared("evaluation", "Neither says which payments its figures are of."),
    ]
    assert [
        "roc_auc                         0.99 -> 0.98  (-0.01)  lower",
        "warning: no interval: Neither says which payments its figures are of.",
    ] == list(brief(rows))
