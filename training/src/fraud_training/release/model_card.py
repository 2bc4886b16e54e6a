"""The model card, in the sections of Mitchell et al., "Model Cards for Model Reporting" (FAT* 2019)."""

import re
from collections.abc import Iterable

from fraud_contract.policy import CostPolicy, Costs, Policy
from fraud_training.evaluation.drift import Month
from fraud_training.evaluation.gates import failed_gates
from fraud_training.evaluation.metrics import Evaluation, Figures, Outcome
from fraud_training.release import plots
from fraud_training.release.result import Choices, Result


def model_card(result: Result) -> str:
    """The card as Markdown, every figure measured in this run."""
    sections = {
        "Model details": _details(result),
        "Intended use": _INTENDED,
        "Factors": _FACTORS,
        "Metrics": _metrics(result.evaluation.figures),
        "Decisions and money": _money(result),
        "Evaluation data": _window(result, "evaluation"),
        "Training data": _window(result, "train") + _TRAINING,
        "Quantitative analyses": _categories(result.evaluation)
        + _unknown(*result.evaluation.unknown)
        + _months(result.months),
        "Plots": _plots(),
        "Ethical considerations": _ETHICS,
        "Caveats and recommendations": _caveats(result),
    }
    if result.plan.data is not None:
        # These speak of the repository's data; of other data nothing is known but the figures.
        for title in ("Factors", "Ethical considerations"):
            del sections[title]
        sections["Caveats and recommendations"] = _OWN_CAVEATS
    body = "\n".join(f"## {title}\n\n{text.strip()}\n" for title, text in sections.items())
    return f"# Fraud model{' (quick)' if result.plan.is_quick else ''}\n\n{body}"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = list(head)
    # A category may be called anything: a bar would end its cell, and tags and links would be taken as such.
    cells = ([_MARKUP.sub(r"\\\g<0>", cell) for cell in row] for row in rows)
    return "\n".join(f"| {' | '.join(line)} |" for line in (names, ["---"] * len(names), *cells)) + "\n"


def _details(result: Result) -> str:
    plan = result.plan
    chosen = plan.parameters.model_dump(exclude_defaults=True)
    parameters = ", ".join(f"{name} {value}" for name, value in sorted(chosen.items()))
    prepared = result.prepared
    trees_used = f"Gradient-boosted trees (XGBoost): {result.forest.rounds} trees; {parameters}"
    return f"""{_QUICK if plan.is_quick else ""}{_failed_gates(result)}{trees_used};
seed {plan.seed}. Early stopping on the log loss of the earlier half of the validation window.
Inputs: amount, hour, day of the week, merchant category; {len(prepared.spec.names)} features by a
scikit-learn ColumnTransformer, compiled and proven equal bit for bit on {prepared.proven_rows:,} rows.
{_calibration(result.choices)}
Licence: Apache-2.0. Version and date are the registry's."""


def _failed_gates(result: Result) -> str:
    failed = failed_gates(result.evaluation, result.plan.quality_gates)
    if not failed:
        return ""
    return f"**Below its quality gates**, accepted by whoever trained it: {'; '.join(failed)}.\n\n"


def _calibration(choices: Choices) -> str:
    choice = choices.calibration
    verdict = "kept" if choice.calibration == choice.candidate else "left out"
    return (
        f"Calibration: Platt scaling was {verdict}; slope {choice.candidate.slope:.3f}, intercept "
        f"{choice.candidate.intercept:.3f}. On rows that neither early stopping nor its fit saw, log loss is "
        f"{choice.loss_with:.6f} with it and {choice.loss_without:.6f} without "
        f"(standard error of the difference {choice.standard_error:.6f})."
    )


_QUICK = "This is a **quick** model: fewer rows and trees, for demos and tests.\n\n"

_INTENDED = """
To decide on a single card payment while it waits: approve, send to review, or block.
Not for decisions about people (credit, accounts, employment), and not the only defence: four facts of one
payment say nothing of the card's history. Real payments need a model trained on real payments.
"""

_FACTORS = """
The category decides what an unusual amount is: most frauds are high amounts at night, but in gas_transport,
grocery_net and travel they are low ones. Figures are given per category. The data hold no facts about
persons in the model's inputs, so figures per group of persons cannot be given.
"""

_TRAINING = """
No class weights: scores are meant as probabilities. A few per cent of the rows are shown a second time with
the category hidden, so that an unknown category is scored at about the base rate.
"""

_ETHICS = """
A false block stops a person at a till; blocks and reviews of good customers are priced in the policy and
listed above. Decisions carry reason codes, and review is meant to be done by people who can overrule.
The data are simulated: no person stands behind a row.
"""


def _metrics(figures: Figures) -> str:
    rows = {
        "ROC AUC": f"{figures.roc_auc:.4f}",
        "Average precision": f"{figures.average_precision:.4f}",
        "Brier skill": f"{figures.brier_skill:.4f}",
        "Brier score": f"{figures.brier:.6f}",
        "Log loss": f"{figures.log_loss:.6f}",
        "Mean score / fraud rate": _ratio(figures),
    }
    return _table(("figure", "evaluation window"), rows.items())


def _ratio(figures: Figures) -> str:
    return f"{figures.mean_score:.5f} / {figures.rate:.5f} = {figures.mean_ratio:.3f}"


def _money(result: Result) -> str:
    outcome, choice = result.evaluation.outcome, result.choices.policy
    rows = {
        "Frauds reviewed or blocked": f"{outcome.recall:.1%} (blocked at once {outcome.recall_blocked:.1%})",
        "Value of fraud caught": f"{outcome.fraud_value_caught:.1%} of {outcome.fraud_value:,.0f}",
        "Good customers blocked": _load(outcome.good_blocked, outcome.good_blocked_per_10000),
        "Sent to review": _load(outcome.reviewed, outcome.reviewed_per_10000),
        "Cost": f"{outcome.cost:,.0f} against {outcome.cost_of_approving_all:,.0f} for approving all "
        f"({outcome.saved:.1%} saved)",
    }
    good, fraud = (map(str, counts) for counts in result.evaluation.decisions)
    confusion = _table(("truth", "approve", "review", "block"), [("good", *good), ("fraud", *fraud)])
    return f"""{_policy(choice.policy, result.plan.costs)}
On validation the best thresholds (review {choice.thresholds.review}, block {choice.thresholds.block}) cost
{choice.cost_of_thresholds:,.0f}, deciding by amount {choice.cost_by_amount:,.0f}, approving all
{choice.cost_of_approving_all:,.0f}. On evaluation:

{_table(("figure", "evaluation window"), rows.items())}
{confusion}"""


def _load(count: int, per_10000: float) -> str:
    return f"{count:,} ({per_10000:.1f} in 10,000)"


def _policy(policy: Policy, costs: Costs) -> str:
    stated = (
        f"chargeback fee {costs.chargeback_fee:g}, review {costs.review_cost:g} finding "
        f"{costs.review_recall:.0%} of frauds, good customer blocked {costs.false_block_cost:g}"
    )
    if isinstance(policy, CostPolicy):
        return f"The decision of least expected cost for the payment's amount ({stated})."
    return f"Review from a score of {policy.review:g} on, block from {policy.block:g} ({stated})."


def _window(result: Result, name: str) -> str:
    data = result.data[name]
    own = result.plan.data is not None
    kind, source = ("", "own data") if own else ("simulated ", "Sparkov generator")
    return (
        f"{data['rows']:,} {kind}payments, {data['frauds']:,} of them fraud, {data['from']} to "
        f"{data['to']} ({source}). File fingerprint (SHA-256): `{data['sha256']}`.\n"
    )


def _categories(evaluation: Evaluation) -> str:
    head = (
        "category",
        "payments",
        "frauds",
        "average precision",
        "mean score / rate",
        "recall",
        "caught value",
    )
    rows = [
        (
            name,
            f"{figures.rows:,}",
            str(figures.frauds),
            f"{figures.average_precision:.3f}",
            f"{figures.mean_ratio:.2f}",
            f"{outcome.recall:.1%}",
            f"{outcome.fraud_value_caught:.1%}",
        )
        for name, (figures, outcome) in evaluation.categories.items()
    ]
    return _table(head, rows)


def _unknown(figures: Figures, outcome: Outcome) -> str:
    return (
        f"\nWith every category hidden: mean score / rate {figures.mean_ratio:.2f}, ROC AUC "
        f"{figures.roc_auc:.4f}, average precision {figures.average_precision:.3f}, "
        f"recall {outcome.recall:.1%}.\n"
    )


def _months(months: Iterable[Month]) -> str:
    """How calibrated the scores are, month by month."""
    rows = [
        (
            f"{month.month} ({month.window})",
            f"{month.rows:,}",
            f"{month.frauds:,}",
            f"{month.rate:.5f}",
            f"{month.mean_score:.5f}",
            "" if month.mean_ratio is None else f"{month.mean_ratio:.2f}",
        )
        for month in months
    ]
    head = ("month", "payments", "frauds", "fraud rate", "mean score", "mean score / rate")
    said = "Calibration by month; scores keep their meaning only as long as the ratio stays near 1:"
    return f"\n{said}\n\n{_table(head, rows)}"


def _plots() -> str:
    pictures = {
        "Precision and recall": plots.PRECISION_RECALL,
        "Calibration": plots.CALIBRATION,
        "Calibration by month": plots.MONTHS,
        "Decisions": plots.CONFUSION,
        "Scores": plots.SCORES,
        "Importance": plots.IMPORTANCE,
    }
    return "\n".join(f"![{title}]({name})" for title, name in pictures.items())


def _caveats(result: Result) -> str:
    small = [name for name, (figures, _) in result.evaluation.categories.items() if figures.frauds < _FEW]
    return f"""
* Simulated data: figures say how the parts work together, not how much real fraud would be found.
* Fewer than {_FEW} frauds lie in {", ".join(small) or "no category"}: figures there are rough.
* The day of the week carries almost no signal in these data.
* A category that training has not seen is scored with less evidence, and the answer carries a warning.
* The fraud rate moves with the season; watch the mean score against it and retrain on drift.
"""


_OWN_CAVEATS = """
* A category that training has not seen is scored with less evidence, and the answer carries a warning.
* A category without frauds, or without good payments, in the evaluation window has no figures above.
* The fraud rate moves; watch the mean score against it and retrain on drift.
"""

_FEW = 50
_MARKUP = re.compile(r"[\\`<\[|&*]")
