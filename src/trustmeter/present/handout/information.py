"""The page that people get before they answer: who asks, what for, what is stored, and which rights they have."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from trustmeter.errors import DesignError
from trustmeter.options import FEWEST_PEOPLE, ReportLanguage
from trustmeter.pilot.file.model import Contact, Pilot
from trustmeter.present.phrases import Phrases, load_phrases
from trustmeter.questionnaire.text import Text

WHERE = "information_sheet"
TOPICS = ("who", "why", "free", "stored", "special", "time", "seen", "rights", "complain", "basis")
"""What the page tells, in this order; *special* only where the questionnaire has such questions."""

OPEN, CLOSE = "\x02", "\x03"
"""What stands around a gap that the zone has to fill, until the page marks it."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A heading and its sentences."""

    title: str
    sentences: tuple[str, ...]


def information_sheet(
    pilot: Pilot, *, to: str | Path, language: ReportLanguage = "nl", questionnaire: str | None = None
) -> Path:
    r"""Write the page that people get before they answer: a draft for the zone and its counsel.

    Use it while a pilot is prepared. It says who asks, what for, that nobody has to, what is stored, for how long, who sees it, which
    rights people have and where they can complain. What the pilot file leaves open stands marked on the page, and so does the line
    that counsel has to confirm it.

    Parameters
    ----------
    pilot
        From `read_pilot`; its ``information`` and ``contacts`` fill the gaps.
    to
        The file to write; ends in ``.html``. Its folder is made when it is not there.
    language
        ``"nl"``, ``"fr"``, ``"de"`` or ``"en"``.
    questionnaire
        The id of one of the pilot's questionnaires; ``None`` is the main one. The page speaks of specially protected questions where
        it has some, and of a code where the same people are asked twice.

    Returns
    -------
    Path
        The file that was written: one page that prints on A4.

    Raises
    ------
    DesignError
        When this is no pilot, it has no such questionnaire, or `to` ends otherwise or cannot be written.

    Notes
    -----
    The page is no legal advice, and says so. It names both authorities that supervise data in Belgium, the one for the police and the
    general one; which is competent, and on which legal basis people are asked, is for counsel.

    Examples
    --------
    >>> import tempfile, trustmeter as tm
    >>> folder = Path(tempfile.mkdtemp())
    >>> lines = ["id: ghent", "zone: Ghent", "title: Nearness", "questionnaire: community-trust", "waves: {before: a, after: b}"]
    >>> _ = (folder / "ghent.yaml").write_text("\n".join(lines), encoding="utf-8")
    >>> tm.information_sheet(tm.read_pilot(folder / "ghent.yaml"), to=folder / "info.html", language="fr").name
    'info.html'
    """
    phrases = load_phrases(language, where=WHERE)
    if not isinstance(pilot, Pilot):
        raise DesignError(f"`{WHERE}` takes a pilot. Got {type(pilot).__name__}. Read it with `read_pilot`.")
    target = Path(to)
    if target.suffix.lower() not in {".html", ".htm"}:
        raise DesignError(f"`{WHERE}` writes a '.html' file. Let the name in `to=` end so. Got {target.name!r}.")
    page = _page(phrases, pilot.title.read(language), topics_of(pilot, phrases, questionnaire))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(page, encoding="utf-8", newline="\n")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DesignError(
            f"`{WHERE}` cannot write {target.name!r} there: {reason}. Name another file in `to=`."
        ) from None
    return target


def topics_of(pilot: Pilot, phrases: Phrases, questionnaire: str | None = None) -> list[Topic]:
    """Return what the page tells of a pilot; gaps that the zone has to fill stand between marks."""
    survey = pilot.survey(questionnaire)
    language = phrases.language
    told = {key: _read(pilot.information.get(key), phrases) for key in ("controller", "kept_until", "seen_by")}
    gaps = {
        **told,
        "survey": survey.questionnaire.title.read(language),
        "title": pilot.title.read(language),
        "zone": pilot.zone if pilot.zone_name is None else pilot.zone_name.read(language),
        "fewest": phrases.whole(FEWEST_PEOPLE),
        "contact": _contact(pilot, phrases),
    }
    special = any(section.special_category for section in survey.questionnaire.sections)
    linked = "respondent" in survey.columns if survey.design.linked is None else bool(survey.design.linked)
    code = "linked_told" if linked else "unlinked_told"
    topics = []
    for key in TOPICS:
        if key == "special" and not special:
            continue
        keys = [f"{key}_told", *([code] if key == "stored" else [])]
        sentences = tuple(phrases.say(f"information.{one}", **gaps) for one in keys)
        topics.append(Topic(phrases.say(f"information.{key}"), sentences))
    return topics


def _read(text: Text | None, phrases: Phrases) -> str:
    """Return what the zone wrote, without its full stop; a marked gap where it wrote nothing."""
    said = "" if text is None else text.read(phrases.language).strip()
    return said.rstrip(".") or _gap(phrases)


def _contact(pilot: Pilot, phrases: Phrases) -> str:
    found = pilot.contacts.get("data_protection_officer", Contact())
    return f"{_read(found.function, phrases)}, {found.mailbox or _gap(phrases)}"


def _gap(phrases: Phrases) -> str:
    return f"{OPEN}{phrases.say('information.open')}{CLOSE}"


def _page(phrases: Phrases, title: str, topics: list[Topic]) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup, escape

    def marked(sentence: str) -> Markup:
        return Markup(str(escape(sentence)).replace(OPEN, "<mark>[").replace(CLOSE, "]</mark>"))  # noqa: S704

    environment = Environment(
        loader=PackageLoader("trustmeter.present"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.get_template("information.html.j2")
    return template.render(language=phrases.language, say=phrases.say, title=title, topics=topics, marked=marked)
