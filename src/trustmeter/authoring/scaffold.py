"""A first draft to write on: a folder that has no fault and asks for consent, with three statements to replace."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from trustmeter.authoring.writing import write_questionnaire
from trustmeter.errors import QuestionnaireError
from trustmeter.questionnaire.document import SOURCE
from trustmeter.questionnaire.evidence import Evidence
from trustmeter.questionnaire.model import Item, Option, Questionnaire, ResponseScale, Scale, Section
from trustmeter.questionnaire.routing import Equals
from trustmeter.questionnaire.shelf import load_questionnaire
from trustmeter.questionnaire.text import Text

_MODEL = "community-trust"
_WORDS = {
    "title": {"en": "Title", "fr": "Titre", "nl": "Titel", "de": "Titel"},
    "heading": {"en": "Your topic", "fr": "Votre sujet", "nl": "Uw onderwerp", "de": "Ihr Thema"},
    "statement": {
        "en": "Write statement {n} here.",
        "fr": "Écrivez ici l'affirmation {n}.",
        "nl": "Schrijf hier stelling {n}.",
        "de": "Schreiben Sie hier Aussage {n}.",
    },
    "scale": {"en": "Name of the scale", "fr": "Nom de l'échelle", "nl": "Naam van de schaal", "de": "Name der Skala"},
}
_UNFINISHED = "Not yet translated."
_SOURCE_PAGE = """# Where the questions come from

| scale | items | what they ask about | after |
| --- | --- | --- | --- |
| topic | TO01 TO02R TO03 | | |

## Decisions

Completion time: an estimate (7.5 seconds a closed question) until people were timed. Reading level: what was aimed at, and whether
it was measured.

## Not done yet

No expert panel, no cognitive interviews, no pilot, no second translator.
"""


def new_questionnaire(folder: str | Path, *, languages: Sequence[str] = ("en", "fr", "nl", "de")) -> Path:
    """Make the folder of a new questionnaire: consent, an agreement scale, three statements to replace.

    Parameters
    ----------
    folder
        The folder; its name becomes the questionnaire's id. It must not hold a questionnaire yet.
    languages
        The languages, base first. Consent and answers stand there in English, French, Dutch and German; other languages
        begin empty and count as unfinished.

    Returns
    -------
    Path
        The folder. `check_questionnaire` finds no error in it.

    Raises
    ------
    QuestionnaireError
        When the folder holds a questionnaire, its name is no id, or the base language is none of the four.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> sorted(path.name for path in new_questionnaire(mkdtemp() + "/my-survey", languages=["fr", "nl"]).iterdir())
    ['SOURCE.md', 'evidence.yaml', 'fr.yaml', 'nl.yaml', 'questionnaire.yaml']
    """
    target = Path(folder)
    known = _WORDS["title"]
    if not languages or languages[0] not in known:
        raise QuestionnaireError(
            f"The first of `languages` must be one of {', '.join(known)}. Got {list(languages)!r}."
        )
    if not target.name or not target.name.replace("-", "").isalnum() or not target.name[0].islower():
        message = "The folder's name becomes the id: a small letter, then small letters, digits and -."
        raise QuestionnaireError(f"{message} Got {target.name!r}.")
    written = write_questionnaire(_draft(target.name.lower(), tuple(dict.fromkeys(languages))), target)
    (written / SOURCE).write_text(_SOURCE_PAGE, encoding="utf-8", newline="\n")
    return written


def copy_questionnaire(name: str, folder: str | Path) -> Path:
    """Copy a questionnaire of the shelf into a folder, to translate or adapt it there; its id stays.

    Raises
    ------
    QuestionnaireError
        When there is no such questionnaire, or the folder holds one already.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> copy_questionnaire("encounter", mkdtemp() + "/encounter").name
    'encounter'
    """
    found = load_questionnaire(name)
    written = write_questionnaire(found, folder)
    origin = f"# Where the questions come from\n\nA copy of `{found.id}` {found.version} (wording `{found.fingerprint}`): {found.source}\n"
    (written / SOURCE).write_text(origin, encoding="utf-8", newline="\n")
    return written


def _draft(name: str, languages: tuple[str, ...]) -> Questionnaire:
    model = load_questionnaire(_MODEL)
    base = languages[0]
    finished = [language for language in languages if language in _WORDS["title"]]

    def only(text: Text) -> Text:
        return Text({language: text.read(language) for language in finished if text.has(language)}, base=base)

    def words(key: str, n: int = 0) -> Text:
        return Text({language: _WORDS[key][language].format(n=n) for language in finished}, base=base)

    def answers(scale: ResponseScale) -> ResponseScale:
        options = tuple(Option(option.code, only(option.text), option.kind, option.value) for option in scale.options)
        return ResponseScale(scale.id, scale.type, options)

    gate, first = model.sections[0], model.sections[1].items[0]
    consent, agree = answers(gate.items[0].response_scale), answers(first.response_scale)
    statements = tuple(Item(f"TO0{n}", words("statement", n), agree) for n in (1, 2, 3))
    return Questionnaire(
        id=name, version="0.1.0", status="draft", base_language=base, languages=languages, title=words("title"),
        description=Text(base=base), introduction=Text(base=base),
        sections=(
            Section("consent", only(gate.title), only(gate.text),
                    (Item("CONSENT", only(gate.items[0].text), consent, required=True),)),
            Section("topic", words("heading"), Text(base=base), statements, show_if=Equals("CONSENT", "1")),
        ),
        scales=(Scale("topic", words("scale"), ("TO01", "TO02", "TO03"), frozenset({"TO02"}), 2, description=Text(base=base)),),
        response_scales=(consent, agree), licence="CC-BY-4.0", source="Own wording; see SOURCE.md",
        evidence=Evidence("A draft. Nobody has tested this wording."),
        unfinished=Text({language: _UNFINISHED for language in languages if language not in finished}, base=base),
    )  # fmt: skip
