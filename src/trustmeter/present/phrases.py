"""The words of tables, pictures and reports, and numbers as each language writes them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, get_args

from trustmeter.options import ReportLanguage, check_option

LANGUAGES: tuple[str, ...] = get_args(ReportLanguage)
"""The languages that tables, pictures and reports are written in."""

MINUS = "\N{MINUS SIGN}"
NO_BREAK = "\N{NO-BREAK SPACE}"
NARROW_NO_BREAK = "\N{NARROW NO-BREAK SPACE}"

_NAMED_TERMS = tuple(
    (re.compile(pattern), f"term.{key}")
    for pattern, key in (
        (r"loading (?P<one>.+)", "loading_on"),
        (r"correlation (?P<one>\S+) (?P<two>\S+)", "correlation_of"),
        (r"variance (?P<one>.+)", "variance_by"),
        (r"b(?P<one>\d+)", "step_difficulty"),
        (r"omega_group_(?P<one>\d+)", "omega_group"),
        (r"latent_mean, factor (?P<one>\d+)", "latent_mean_of"),
    )
)


@dataclass(frozen=True, slots=True)
class Phrases:
    """The words of one language, and the way it writes numbers.

    Parameters
    ----------
    language
        The tag: ``"en"``, ``"fr"``, ``"nl"`` or ``"de"``.
    texts
        Every sentence and word, keyed by its dotted path in the wording file.

    Examples
    --------
    >>> phrases = load_phrases("nl")
    >>> phrases.number(3.25, signed=True), phrases.percent(0.95)
    ('+3,2', '95%')
    """

    language: str
    texts: Mapping[str, str]

    def say(self, key: str, /, **values: object) -> str:
        """Return a sentence with its gaps filled; a missing key is a fault of ours and raises `KeyError`."""
        return self._typeset(self.texts[key]).format_map(values)

    def say_or(self, key: str, default: str) -> str:
        """Return a word, or `default` where the language has none: for names that other rooms may add."""
        return self._typeset(self.texts[key]) if key in self.texts else default

    def term(self, word: str) -> str:
        """Return what a word of the column ``term`` means; words with a name or number inside go by their pattern."""
        if f"term.{word}" in self.texts:
            return self.say(f"term.{word}")
        for pattern, key in _NAMED_TERMS:
            found = pattern.fullmatch(word)
            if found:
                return self.say(key, **found.groupdict())
        return word

    def number(self, value: float, decimals: int = 1, *, signed: bool = False) -> str:
        """Return a rounded number: the language's decimal sign, a true minus, no negative zero; blank when missing."""
        if value is None or not math.isfinite(value):
            return ""
        rounded = f"{abs(value):,.{decimals}f}"
        is_zero = not any(digit in "123456789" for digit in rounded)
        sign = "" if is_zero else MINUS if value < 0 else "+" if signed else ""
        thousands, decimal = self.texts["number.thousands"], self.texts["number.decimal"]
        return sign + rounded.replace(",", "\0").replace(".", decimal).replace("\0", thousands)

    def whole(self, value: float) -> str:
        """Return a count."""
        return self.number(value, 0)

    def percent(self, share: float, decimals: int = 0) -> str:
        """Return a share of one as a percentage, with the blank that the language wants."""
        if share is None or not math.isfinite(share):
            return ""
        return self.texts["number.percent"].format(value=self.number(100 * share, decimals))

    def level(self, conf_level: float) -> str:
        """Return a confidence level as it stands before *interval*: ``95%``, ``99.9%``, in German ``95-%``."""
        whole = math.isclose(100 * conf_level, round(100 * conf_level))
        return self.texts["number.level"].format(value=self.number(100 * conf_level, 0 if whole else 1))

    def p_value(self, value: float) -> str:
        """Return a p value with three decimals; anything smaller as *less than*; blank when missing."""
        if value is None or not math.isfinite(value):
            return ""
        return f"<{NO_BREAK}{self.number(0.001, 3)}" if value < 0.001 else self.number(value, 3)

    def join(self, words: Iterable[str]) -> str:
        """Return a list in prose: ``A, B and C``."""
        listed = list(words)
        if len(listed) < 2:
            return "".join(listed)
        return self.say("list.last", first=", ".join(listed[:-1]), last=listed[-1])

    def _typeset(self, text: str) -> str:
        """Put no-break blanks where French typography wants them; other languages stay as written."""
        if self.language != "fr":
            return text
        text = re.sub(r" (?=[:»%])", NO_BREAK, text)
        text = re.sub(r" (?=[;!?])", NARROW_NO_BREAK, text)
        return text.replace("« ", f"«{NO_BREAK}")


def load_phrases(language: str, *, where: str = "load_phrases") -> Phrases:
    """Return the words of a language.

    Parameters
    ----------
    language
        ``"en"``, ``"fr"``, ``"nl"`` or ``"de"``.
    where
        The public verb that asks, for its error sentence.

    Raises
    ------
    DesignError
        When the language is not one of the four.
    """
    check_option("language", language, ReportLanguage, where)
    return _read(language)


@cache
def _read(language: str) -> Phrases:
    from ruamel.yaml import YAML

    folder = resources.files("trustmeter.present") / "wording" / language
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".yaml")), key=lambda file: file.name)
    trees = (YAML(typ="base").load(file.read_text(encoding="utf-8")) for file in files)
    return Phrases(language, MappingProxyType({key: text for tree in trees for key, text in _flatten(tree)}))


def _flatten(tree: Mapping[str, Any], path: str = "") -> Iterable[tuple[str, str]]:
    for name, branch in tree.items():
        here = f"{path}.{name}" if path else name
        if isinstance(branch, Mapping):
            yield from _flatten(branch, here)
        else:
            yield here, str(branch)
