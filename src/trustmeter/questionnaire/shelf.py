"""The questionnaires that come with trustmeter."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from trustmeter.errors import QuestionnaireError, unknown_word
from trustmeter.questionnaire.document import STRUCTURE, VERSIONS
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.reader import read_questionnaire

_HERE = Path(__file__).resolve().parent


def shelf_folder() -> Path:
    """Return the folder that holds the questionnaires: inside an installed package, else of the checkout.

    Raises
    ------
    QuestionnaireError
        When neither is there.
    """
    for folder in (_HERE / "_shelf", _HERE.parents[2] / "questionnaires"):
        if folder.is_dir():
            return folder
    message = "The questionnaires that come with trustmeter are not there. Install the package again."
    raise QuestionnaireError(message)


def demo_file() -> Path:
    """Return the CSV file of made-up answers to ``community-trust``: two waves, marked as simulated in every row.

    Returns
    -------
    Path
        To be read with `read_responses`.

    Examples
    --------
    >>> demo_file().name
    'simulated-two-waves.csv'
    """
    return shelf_folder() / "community-trust" / "simulated-two-waves.csv"


def list_questionnaires() -> pd.DataFrame:
    """List the questionnaires that come with trustmeter.

    Returns
    -------
    DataFrame
        One row a questionnaire: ``id version status standing languages title items scales``. ``languages`` are tags with blanks
        between, base first; ``items`` and ``scales`` are counts.

    Examples
    --------
    >>> "ess5-trust-in-justice" in set(list_questionnaires()["id"])
    True
    """
    rows = [
        {
            "id": found.id,
            "version": found.version,
            "status": found.status,
            "standing": found.standing,
            "languages": " ".join(found.languages),
            "title": str(found.title),
            "items": len(found.items),
            "scales": len(found.scales),
        }
        for found in (read_questionnaire(shelf_folder() / name) for name in _names())
    ]
    return pd.DataFrame(rows, columns=["id", "version", "status", "standing", "languages", "title", "items", "scales"])


def load_questionnaire(name_or_path: str | Path) -> Questionnaire:
    """Load a questionnaire by its name, or your own by its path.

    Parameters
    ----------
    name_or_path
        A name from `list_questionnaires`; or the path of a folder or of a YAML file.

    Returns
    -------
    Questionnaire
        What is asked, in all its languages.

    Raises
    ------
    QuestionnaireError
        When there is no such questionnaire, or its files have errors: all of them at once.

    Examples
    --------
    >>> [scale.id for scale in load_questionnaire("ess5-trust-in-justice").scales]
    ['effectiveness', 'procedural_fairness', 'obligation', 'moral_alignment']
    """
    if not isinstance(name_or_path, (str, Path)):
        kind = type(name_or_path).__name__
        raise QuestionnaireError(
            f"`load_questionnaire` takes a name or a path. Got {kind}. Names: {', '.join(_names())}."
        )
    if isinstance(name_or_path, str) and name_or_path in _names():
        return read_questionnaire(shelf_folder() / name_or_path)
    if Path(name_or_path).exists():
        return read_questionnaire(name_or_path)
    hint = " For your own, give the path of its folder or YAML file."
    raise QuestionnaireError(unknown_word("name", str(name_or_path), _names(), "`load_questionnaire`") + hint)


def keep_version(path: str | Path) -> str:
    """Keep the wording of a questionnaire's version, so that a later change of it without a new version is noticed.

    Returns the line that was added to ``versions.txt`` in its folder, or an empty text when it stands there already.

    Raises
    ------
    QuestionnaireError
        When the questionnaire cannot be used, has no folder, or the version is kept with another wording.
    """
    folder = Path(path)
    found = read_questionnaire(folder)
    if not folder.is_dir():
        raise QuestionnaireError("Only a questionnaire in a folder of its own keeps its versions.")
    file = folder / VERSIONS
    kept = dict(line.split() for line in file.read_text(encoding="utf-8").splitlines()) if file.is_file() else {}
    if kept.get(found.version, found.fingerprint) != found.fingerprint:
        raise QuestionnaireError(f"Version {found.version} is kept with another wording. Raise `version:` first.")
    if found.version in kept:
        return ""
    line = f"{found.version} {found.fingerprint}"
    with file.open("a", encoding="utf-8", newline="\n") as stream:
        stream.write(line + "\n")
    return line


def _names() -> list[str]:
    return sorted(path.parent.name for path in shelf_folder().glob(f"*/{STRUCTURE}"))
