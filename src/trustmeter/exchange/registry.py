"""Out to the field: one table from a tool's name to the function that writes for it. A new tool is a new line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from trustmeter.errors import DesignError, unknown_word
from trustmeter.exchange.codebook.spss import write_spss
from trustmeter.exchange.codebook.writer import write_codebook
from trustmeter.exchange.forms.page import write_page
from trustmeter.exchange.forms.xlsform import write_xlsform
from trustmeter.exchange.kiosk.page import write_web_page
from trustmeter.exchange.limesurvey.quota import Quota, quotas_of
from trustmeter.exchange.limesurvey.writer import write_limesurvey
from trustmeter.exchange.others.qualtrics import write_qualtrics
from trustmeter.exchange.others.redcap import write_redcap
from trustmeter.exchange.others.surveyjs import write_surveyjs
from trustmeter.exchange.paper.entry import write_entry_sheet
from trustmeter.exchange.paper.writer import write_paper
from trustmeter.options import ExportTool, check_option
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.text import Text


@dataclass(frozen=True, slots=True)
class Tool:
    """How a questionnaire is written for one survey tool.

    Parameters
    ----------
    suffixes
        What its files may end in, the usual one first.
    write
        Writes the questionnaire in some languages, the first being the default one.
    several
        Whether one file can hold several languages.
    write_with_quotas
        Writes it with quotas, too, where the tool can count.
    settings
        The settings that the writer takes by name, each with the kind of its value.
    describes
        Whether its files describe answers that are there and are no form: their codes may begin with a minus.
    """

    suffixes: tuple[str, ...]
    write: Callable[..., None]
    several: bool
    write_with_quotas: Callable[[Questionnaire, Path, Sequence[str], Sequence[Quota]], None] | None = None
    settings: Mapping[str, type] = field(default_factory=dict)
    describes: bool = False


_ON_PAPER: Mapping[str, type] = {"large_print": bool, "zone": str, "fonts": str, "layout": bool}

TOOLS: dict[str, Tool] = {
    "xlsform": Tool((".xlsx",), write_xlsform, several=True, settings={"grid": bool}),
    "html": Tool((".html",), write_page, several=False),
    "web": Tool((".html",), write_web_page, several=True),
    "limesurvey": Tool((".txt", ".lss"), write_limesurvey, several=True, write_with_quotas=write_limesurvey),
    "paper": Tool((".pdf",), write_paper, several=False, settings=_ON_PAPER),
    "entry_sheet": Tool((".xlsx",), write_entry_sheet, several=True),
    "qualtrics": Tool((".qsf",), write_qualtrics, several=True),
    "redcap": Tool((".csv",), write_redcap, several=False),
    "surveyjs": Tool((".json",), write_surveyjs, several=True),
    "codebook": Tool(
        (".html", ".xml", ".csv", ".xlsx", ".docx"), write_codebook, several=True, settings={"ddi": str}, describes=True
    ),
    "spss": Tool((".sav",), write_spss, several=False, describes=True),
}


def export_questionnaire(
    questionnaire: Questionnaire,
    path: str | Path,
    *,
    tool: ExportTool = "xlsform",
    languages: Sequence[str] | None = None,
    quotas: Mapping[str, tuple[int, Mapping[str, str]]] | None = None,
    settings: Mapping[str, str | bool] | None = None,
) -> Path:
    """Write a questionnaire for a survey tool or for paper.

    Parameters
    ----------
    questionnaire
        What is to be asked.
    path
        The file to write: ``.xlsx`` for ``"xlsform"`` and ``"entry_sheet"``, ``.html`` for ``"html"`` and ``"web"``, ``.pdf`` for
        ``"paper"``, ``.txt`` or ``.lss`` for ``"limesurvey"``, ``.qsf`` for ``"qualtrics"``, ``.csv`` for ``"redcap"``, ``.json``
        for ``"surveyjs"``, ``.sav`` for ``"spss"``; for ``"codebook"`` ``.html`` (to read), ``.xml`` (DDI-Codebook 2.6, for an
        archive), ``.csv`` (one row a code), ``.xlsx`` or ``.docx`` (all languages side by side, for reviewers; Word needs
        the extra ``report``).
    tool
        ``"xlsform"`` (KoboToolbox, ODK; all languages in one file), ``"html"`` (a page to print, one language a file),
        ``"web"`` (a page to fill in on a telephone or tablet, without a network; all languages),
        ``"limesurvey"`` (all languages; ``.txt`` opens in a spreadsheet, ``.lss`` is for machines, and both say the same),
        ``"paper"`` (a PDF for the printer, one language a file; needs the extra ``paper``), ``"entry_sheet"`` (a
        workbook to type answers from paper into, in the first language, with labels in all), ``"qualtrics"`` and
        ``"surveyjs"`` (all languages), ``"redcap"`` (the data dictionary, one language a file), ``"codebook"`` (what each column
        of the answers means, all languages) or ``"spss"`` (a template without rows: labels, missing codes and levels, one
        language a file).
    languages
        Which languages, the default one first. By default all that are finished, or the base language where a file holds
        one. A language that counts as unfinished must be named, and have all texts; a page then says so.
    quotas
        For ``"limesurvey"``: for each quota's name after how many complete answers it is full, and which answers count, as in
        ``{"women": (200, {"SEX": "F"})}``. Who comes later is thanked and asked no more.
    settings
        For ``"xlsform"``: ``grid`` (questions with the same answers in one table: for wide screens, as a telephone cuts
        it off). For ``"paper"``: ``large_print`` (letters of 16 points, answers below each other), ``zone`` (its name,
        printed on each sheet), ``fonts`` (a folder of fonts, for letters that DejaVu Sans has not), ``layout`` (also a
        ``.json`` beside it that says where each circle stands, for scanners). For ``"codebook"`` as ``.xml``: ``ddi``, the
        version of DDI-Codebook, ``"2.6"`` as by default or ``"2.5"``.

    Returns
    -------
    Path
        The file that was written.

    Raises
    ------
    DesignError
        When the tool or a language is unknown, a code of a form begins with a minus, the file's ending does not fit, its folder is
        not there, or it cannot be written.
    QuestionnaireError
        When the tool would change or drop something without a word; ``problems`` holds all of it at once.
    MissingExtraError
        When a package that writes this kind of file is not installed.

    Examples
    --------
    >>> from trustmeter import export_questionnaire, load_questionnaire
    >>> from tempfile import mkdtemp
    >>> export_questionnaire(load_questionnaire("community-trust"), mkdtemp() + "/form.html", tool="html").name
    'form.html'
    """
    if not isinstance(questionnaire, Questionnaire):
        raise DesignError("`export_questionnaire` takes a questionnaire. Load it first with `load_questionnaire`.")
    check_option("tool", tool, ExportTool, "export_questionnaire")
    chosen, target = TOOLS[tool], Path(path)
    if target.suffix.lower() not in chosen.suffixes:
        ends = " or ".join(repr(suffix) for suffix in chosen.suffixes)
        raise DesignError(f"A file for {tool!r} ends in {ends}. Got {target.name!r}.")
    if not target.parent.is_dir():
        raise DesignError(f"The folder {target.parent.name!r} of {target.name!r} is not there. Make it first.")
    if not chosen.describes:
        _no_minus(questionnaire)
    wanted = _languages(questionnaire, languages, several=chosen.several)
    if len(wanted) > 1 and not chosen.several:
        raise DesignError(f"A file for {tool!r} holds one language. Got {len(wanted)}: write one file a language.")
    write = partial(_writer(chosen, tool, quotas), **_settings(chosen, tool, settings))
    try:
        write(questionnaire, target, wanted)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise DesignError(f"{target.name!r} cannot be written: {why}. Is it open in another program?") from None
    return target


def _writer(chosen: Tool, tool: str, quotas: Mapping[str, tuple[int, Mapping[str, str]]] | None) -> Callable[..., None]:
    if not quotas:
        return chosen.write
    if chosen.write_with_quotas is None:
        raise DesignError(f"{tool!r} cannot count answers. Leave `quotas` out, or write for 'limesurvey'.")
    write, counted = chosen.write_with_quotas, quotas_of(quotas)
    return lambda asked, target, wanted: write(asked, target, wanted, counted)


def _settings(chosen: Tool, tool: str, settings: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the settings when the tool takes them all."""
    for name, value in (settings or {}).items():
        if not chosen.settings:
            raise DesignError(f"{tool!r} takes no settings. Leave `settings` out.")
        if name not in chosen.settings:
            raise DesignError(unknown_word("`settings` argument", name, chosen.settings, f"tool {tool!r}"))
        kind = chosen.settings[name]
        if not isinstance(value, kind):
            what = "true or false" if kind is bool else "a text"
            raise DesignError(f"The setting {name!r} of {tool!r} must be {what}. Got a {type(value).__name__}.")
    return dict(settings or {})


def _no_minus(questionnaire: Questionnaire) -> None:
    """Refuse codes that describe a finished data file and that no form can hold."""
    options = [option for scale in questionnaire.response_scales for option in scale.options]
    signed = [option.code for option in options if option.code.startswith("-")]
    if signed:
        message = f"{questionnaire.id!r} has the code {min(signed)!r}: it describes a file of answers and is no form."
        raise DesignError(f"{message} To field it, give such options codes without a minus.")


def _languages(questionnaire: Questionnaire, languages: Sequence[str] | None, *, several: bool) -> list[str]:
    if isinstance(languages, str):
        raise DesignError(f"The `languages` argument is a list. Write `languages=[{languages!r}]`.")
    known = questionnaire.languages
    finished = [language for language in known if not questionnaire.unfinished.has(language)]
    wanted = list(dict.fromkeys(languages or (finished if several else [questionnaire.base_language])))
    for language in wanted:
        if language not in known:
            where = f"questionnaire {questionnaire.id!r}"
            raise DesignError(unknown_word("`languages` argument", language, known, where))
        if missing := sum(not text.has(language) for text in _needed_texts(questionnaire)):
            message = f"{missing} texts of {questionnaire.id!r} are not there in {language!r}, which is not finished."
            raise DesignError(f"{message} Finish the translation, or leave the language out.")
    return wanted


def _needed_texts(questionnaire: Questionnaire) -> list[Text]:
    """Return the texts that a respondent reads; an answer that is its own code needs no translation."""
    texts = [questionnaire.title, questionnaire.introduction, *(item.text for item in questionnaire.items)]
    texts += [text for section in questionnaire.sections for text in (section.title, section.text)]
    options = [option for scale in questionnaire.response_scales for option in scale.options]
    texts += [option.text for option in options if option.text.read() != option.code]
    return [text for text in texts if text.has(questionnaire.base_language)]
