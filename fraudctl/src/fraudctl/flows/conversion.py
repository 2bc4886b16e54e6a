"""Which release is published: a trained one, or one that is made of pickles."""

from dataclasses import dataclass
from pathlib import Path

from fraud_contract.errors import UsageError
from fraudctl.flows.release import output_folder
from fraudctl.session import session


@dataclass(frozen=True)
class Pickles:
    """What the command line says of pickles."""

    model: Path | None
    preprocessor: Path | None
    trusted: bool


def release_to_publish(folder: Path | None, pickles: Pickles) -> Path:
    """The folder of the release; pickles are converted into a new one in the workspace.

    Raises:
        UsageError: it is unclear what to publish, or nobody said that the pickles are trusted.
        NotCompilable: what they hold cannot be served; the message names it.
    """
    if pickles.model is None:
        if folder is None or pickles.preprocessor is not None or pickles.trusted:
            raise UsageError("Name the folder of a trained release, or pickles: --model and --preprocessor.")
        return folder
    if folder is not None:
        raise UsageError(f"{folder} and --model are two releases. Name one of them.")
    if not pickles.trusted:
        raise UsageError(
            f"{pickles.model} is a pickle, and unpickling runs whatever its author wrote, as you and on this "
            "machine. Nothing was read. If you made it, or trust who did, say --trust-pickle."
        )
    run = session()
    with run.stages.stage("Convert the pickles") as stage:
        from fraud_training.conversion.process import convert_pickles

        output = output_folder(run.workspace)
        converted = convert_pickles(pickles.model, pickles.preprocessor, output)
        stage.result = f"{output}: features and scores are equal; figures are not known"
    for each in converted.warnings:
        run.stages.warn(each)
    return converted.folder
