"""Pictures for a talk, written to a folder: one message each, wide as a screen, in letters that the last row can read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from trustmeter.disclosure.rule import DisclosureRule
from trustmeter.errors import DesignError
from trustmeter.options import ReportLanguage
from trustmeter.pilot.evaluation.result import PilotEvaluation
from trustmeter.present.handout.talk import talk_of
from trustmeter.present.phrases import Phrases, load_phrases
from trustmeter.present.report.gathering import Given, gathered

if TYPE_CHECKING:
    from trustmeter.present.sheet import Chart


def slides(
    *results: Given, to: str | Path, language: ReportLanguage = "nl", rule: DisclosureRule | None = None
) -> Path:
    """Write pictures for a talk about one comparison: 16:9, one message each, to put on screens as they are.

    There is the answer in words, the change of each scale, whom it speaks for, how people answered the questions of each
    scale, and whether the meter is sound. Scales that are part of another are left to the report.

    Parameters
    ----------
    results
        What `report` takes: a `Comparison` and results of the same answers, or an evaluation; of that of a whole pilot its main
        questionnaire is told.
    to
        The folder; it is made when it is not there. Pictures of the same name are written over, others are left alone.
    language
        ``"nl"``, ``"fr"``, ``"de"`` or ``"en"``.
    rule
        What may be shown, where more is asked for than the library's own thresholds; never less.

    Returns
    -------
    Path
        The folder. Each picture is there as PNG (1920 by 1080) and as SVG, named in the order of the talk;
        ``README.txt`` tells in words what each shows. No letter is smaller than 24 of 1080 dots.

    Raises
    ------
    DesignError
        When there is not one comparison among the results, something does not belong to it, or the folder cannot be written.

    Examples
    --------
    >>> import trustmeter as tm
    >>> from tempfile import mkdtemp
    >>> answers = tm.read_responses(tm.demo_file(), tm.load_questionnaire("community-trust"), respondent="id", wave="wave")
    >>> change = tm.compare(tm.score(answers), tm.PilotDesign("2022", "2023"), scale="trust")
    >>> folder = tm.slides(change, to=mkdtemp())
    >>> sorted(path.name for path in folder.glob("*.png"))
    ['01-answer.png', '02-change.png', '03-people.png', '04-answers-trust.png', '05-meter.png']
    """
    from trustmeter.present.handout.screens import screens_of

    phrases = load_phrases(language, where="slides")
    if not isinstance(to, (str, Path)):
        raise DesignError(f"The `to` argument of `slides` must be the name of a folder. Got {type(to).__name__}.")
    pilot = next((one.pilot for one in results if isinstance(one, PilotEvaluation)), None)
    try:
        material = gathered(_mains(results), rule, phrases)
    except DesignError as error:
        raise DesignError(str(error).replace("`report`", "`slides`")) from None
    talk = talk_of(material.change, phrases, publish=material.rule.publish, show=material.rule.show, pilot=pilot)
    folder = Path(to)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written = [_write(folder, name, chart) for name, chart in _named(list(screens_of(material, talk)))]
        (folder / "README.txt").write_text(_readme(talk.title, talk.mark, written, phrases), encoding="utf-8")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DesignError(
            f"`slides` cannot write to {folder.name!r}: {reason}. Name another folder in `to=`."
        ) from None
    return folder


def _mains(results: Sequence[Given]) -> list[Given]:
    """Return what a report takes: of the evaluation of a pilot its main questionnaire."""
    return [one.parts[0] if isinstance(one, PilotEvaluation) else one for one in results]


def _named(screens: Sequence[tuple[str, Chart]]) -> list[tuple[str, Chart]]:
    """Return screens with the names of their files: numbered in order, and where there are several of a kind, among these."""
    several = {name for name, count in Counter(name for name, _ in screens).items() if count > 1}
    seen: Counter[str] = Counter()
    named = []
    for place, (name, chart) in enumerate(screens, start=1):
        seen[name] += 1
        named.append((f"{place:02d}-{name}{f'-{seen[name]}' if name in several else ''}", chart))
    return named


def _write(folder: Path, name: str, chart: Chart) -> tuple[str, str, str]:
    from trustmeter.present.handout.canvas import DOTS

    chart.savefig(folder / f"{name}.png", format="png", dpi=DOTS, metadata={"Software": None, "Description": chart.alt})
    (folder / f"{name}.svg").write_text(chart.to_svg(salt=name), encoding="utf-8")
    return name, chart.heading, chart.alt


def _readme(title: str, mark: str, written: Sequence[tuple[str, str, str]], phrases: Phrases) -> str:
    head = [*([mark] if mark else []), title, phrases.say("slides.readme")]
    return "\n\n".join([*head, *(f"{name}\n{heading}\n{alt}" for name, heading, alt in written)]) + "\n"
