"""What the tables tell of the answers to one question: equations in how many gave each answer, or none, in each wave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from trustmeter.present.phrases import Phrases, load_phrases
from trustmeter.questionnaire.model import Item
from trustmeter.responses.model import MISSING_KINDS, Responses

from .bounds import FEW, Finding, Knowledge
from .pages import Grid, number_in, plainly

ANSWERED = "answered"
TABLE_KINDS = (ANSWERED, "blank", "dont_know", "refused", "not_applicable")


@dataclass(frozen=True)
class Truth:
    """The true counts: group (wave) → category → people; categories are option codes and kinds of non-answer."""

    item: Item
    groups: tuple[str, ...]
    options: tuple[str, ...]
    counts: dict[tuple[str, str], int]
    complete: dict[str, int]

    def total(self, category: str) -> int:
        return sum(self.counts[group, category] for group in self.groups)

    @property
    def values(self) -> dict[str, float]:
        """The scoring value of each option."""
        return {option.code: float(option.value or 0) for option in self.item.response_scale.substantive}


def truth_of(answers: Responses, item_id: str, groups: dict[str, np.ndarray], complete: np.ndarray) -> Truth:
    """Count everything of one item."""
    item = answers.questionnaire.item(item_id)
    options = tuple(option.code for option in item.response_scale.substantive)
    codes = answers.frame[item_id].astype("string")
    kinds = answers.missing[item_id].to_numpy()
    counts = {}
    for group, rows in groups.items():
        for option in options:
            counts[group, option] = int(((codes == option).fillna(False).to_numpy() & rows).sum())
        for place, kind in enumerate(MISSING_KINDS):
            counts[group, kind] = int(((kinds == 1 + place) & rows).sum())
    inside = {option: int(((codes == option).fillna(False).to_numpy() & complete).sum()) for option in options}
    return Truth(item, tuple(groups), options, counts, inside)


class ItemAttack:
    """Gathers equations about one item from all outputs, and bounds its small counts."""

    def __init__(self, truth: Truth, sizes: dict[str, int]) -> None:
        self.truth = truth
        self.known = Knowledge()
        self.read = 0
        self.known.unknown(self._name(group, category) for group in truth.groups for category in self._categories)
        for group, n in sizes.items():
            self.known.know({self._name(group, category): 1 for category in self._categories}, n)

    @property
    def _categories(self) -> tuple[str, ...]:
        return (*self.truth.options, *MISSING_KINDS)

    @staticmethod
    def _name(group: str, category: str) -> str:
        return f"{group}|{category}"

    def _sum(self, categories: Iterable[str], groups: Sequence[str] | None = None) -> dict[str, float]:
        return {self._name(group, one): 1.0 for group in groups or self.truth.groups for one in categories}

    def _share(self, part: dict[str, float], low: float, high: float, n: float) -> None:
        """Know that a part of n people is between two shares of them."""
        self.read += 1
        self.known.know(part, low * n, high * n)

    def read_page(self, grids: Sequence[Grid], language: str) -> None:
        """Read every table of a page that tells of this item."""
        phrases = load_phrases(language)
        for grid in grids:
            for row in grid.rows:
                if self._is_mine(row[0]) or any(self._is_mine(cell) for cell in row[:3]):
                    self._read_row(dict(zip(map(plainly, grid.headings), row, strict=False)), row, phrases)

    def _is_mine(self, cell: str) -> bool:
        text = plainly(cell)
        return text == self.truth.item.id or text.startswith(f"{self.truth.item.id}:")

    def _read_row(self, cells: dict[str, str], row: Sequence[str], phrases: Phrases) -> None:
        item, language = self.truth.item, phrases.language
        words = {option.code: plainly(option.text.read(language)) for option in item.response_scale.substantive}
        asked = plainly(phrases.say("column.cells"))
        if asked in cells:
            self._quality_row(cells, {kind: plainly(phrases.say(f"kind.{kind}")) for kind in TABLE_KINDS}, cells[asked])
        elif all(word in cells for word in words.values()) and words:
            self._answers_row(cells, words, row, phrases)
        elif plainly(phrases.say("term.share_lowest")) in cells:
            named = {
                term: cells.get(plainly(phrases.say(f"term.{term}")), "")
                for term in ("mean", "sd", "share_lowest", "share_highest")
            }
            self._analysis({term: number_in(text) for term, text in named.items()}, None)

    def _answers_row(self, cells: dict[str, str], words: dict[str, str], row: Sequence[str], phrases: Phrases) -> None:
        """Read a row of percentages of a bar, of counts of non-answers, and of the people of the bar."""
        group = next((one for one in self.truth.groups if one in row[1:3]), self.truth.groups[0])
        base = number_in(cells.get(plainly(phrases.say("column.n")), ""))
        options = {self.truth.item.response_scale.non_answers[at].kind: plainly(one.text.read(phrases.language))
                   for at, one in enumerate(self.truth.item.response_scale.non_answers)}  # fmt: skip
        concealed = {
            kind: cells[word] for kind, word in options.items() if word in cells and number_in(cells[word]) is None
        }
        for kind, word in options.items():
            if (shown := number_in(cells.get(word, ""))) is not None:
                self.read += 1
                self.known.know(self._sum([str(kind)], [group]), shown[0])
        together = {number_in(text.split()[-1]) for text in concealed.values() if text and text.split()}
        if len(together) == 1 and (shown := together.pop()) is not None and concealed:
            self.read += 1
            self.known.know(self._sum(map(str, concealed), [group]), shown[0])
        if base is None:
            return
        self.read += 1
        whole = self._base(group, int(base[0]), [str(kind) for kind in concealed])
        self.known.know(whole, base[0])
        for option, word in words.items():
            if (shown := number_in(cells[word])) is not None:
                self._share(
                    self._sum([option], [group]), (shown[0] - shown[1]) / 100, (shown[0] + shown[1]) / 100, base[0]
                )

    def _base(self, group: str, base: int, concealed: Sequence[str]) -> dict[str, float]:
        """Return whom a bar stands for: who answered, and (as the page says) whom it hides; the outsider guesses right."""
        chosen = [*concealed, "blank", "not_asked"]
        for extra in ([], concealed, [*concealed, "blank"], chosen, ["blank"], ["not_asked"], ["blank", "not_asked"]):
            if sum(self.truth.counts[group, one] for one in (*self.truth.options, *extra)) == base:
                return self._sum([*self.truth.options, *extra], [group])
        for at in range(1, 2 ** len(MISSING_KINDS)):
            extra = [kind for place, kind in enumerate(MISSING_KINDS) if at >> place & 1]
            if sum(self.truth.counts[group, one] for one in (*self.truth.options, *extra)) == base:
                return self._sum([*self.truth.options, *extra], [group])
        return self._sum(self.truth.options, [group])

    def _quality_row(self, cells: dict[str, str], words: dict[str, str], asked: str) -> None:
        """Read a row of the table of what is missing: all groups together, shares of those asked."""
        n = number_in(asked)
        shares = {kind: number_in(cells[word]) for kind, word in words.items() if word in cells}
        self._quality(
            {kind: (one[0] / 100, one[1] / 100) for kind, one in shares.items() if one}, None if n is None else n[0]
        )

    def read_quality(self, tidy: pd.DataFrame) -> None:
        """Read the exact shares."""
        rows = tidy[(tidy["item"] == self.truth.item.id) & ~tidy["suppressed"]]
        shares = {
            term: (float(e), 1e-12)
            for term, e in zip(rows["term"], rows["estimate"], strict=True)
            if term != "not_asked"
        }
        n = rows.loc[rows["term"] != "not_asked", "n"].dropna()
        self._quality(shares, float(n.iloc[0]) if len(n) else None)
        for e, n_all in rows.loc[rows["term"] == "not_asked", ["estimate", "n"]].itertuples(index=False):
            everybody = self._sum(self._categories)
            self.known.know(everybody, float(n_all))
            self._share(self._sum(["not_asked"]), e, e, float(n_all))

    def _quality(self, shares: dict[str, tuple[float, float]], n: float | None) -> None:
        if n is None:
            return
        inside = [kind for kind in MISSING_KINDS if kind != "not_asked"]
        asked = self._sum([*self.truth.options, *inside])
        true = sum(self.truth.total(one) for one in (*self.truth.options, *inside))
        self.read += 1
        self.known.know(asked if true == n else self._sum(self._categories), n)
        for kind, (share, half) in shares.items():
            self._share(self._sum(self.truth.options if kind == ANSWERED else [kind]), share - half, share + half, n)

    def read_analysis(self, tidy: pd.DataFrame) -> None:
        """Read the exact numbers of the item analysis."""
        for _, rows in tidy[tidy["item"] == self.truth.item.id].groupby("scale"):
            found = {
                str(term): (float(e), 1e-9)
                for term, e, hidden in zip(rows["term"], rows["estimate"], rows["suppressed"], strict=True) if not hidden
            }  # fmt: skip
            n = rows["n"].dropna()
            self._analysis(dict(found), int(n.iloc[0]) if len(n) else None)

    def _analysis(self, told: dict[str, tuple[float, float] | None], n: int | None) -> None:
        """Read mean, sd and shares of those who answered the whole scale; the outsider knows how many they are."""
        true = sum(self.truth.complete.values())
        if not true or (n is not None and n != true):
            return
        mine = {option: f"complete|{option}" for option in self.truth.options}
        self.known.unknown(mine.values())
        for option, name in mine.items():
            self.known.know({**self._sum([option]), name: -1.0}, 0.0, np.inf)
        self.known.know(dict.fromkeys(mine.values(), 1.0), true)
        values = self._turned()
        if (mean := told.get("mean")) is not None:
            self.read += 1
            weights = {name: values[option] for option, name in mine.items()}
            self.known.know(weights, true * (mean[0] - mean[1]), true * (mean[0] + mean[1]))
            if (sd := told.get("sd")) is not None:
                self._spread(weights, mean, sd, true)
        for term, wanted in (("share_lowest", min(values.values())), ("share_highest", max(values.values()))):
            if (share := told.get(term)) is not None:
                self.read += 1
                unit = 100.0 if share[1] > 1e-6 else 1.0
                name = next(mine[option] for option, value in values.items() if value == wanted)
                self.known.know({name: 1.0}, true * (share[0] - share[1]) / unit, true * (share[0] + share[1]) / unit)

    def _spread(self, weights: dict[str, float], mean: tuple[float, float], sd: tuple[float, float], n: int) -> None:
        """Turn a standard deviation into bounds of the sum of squares."""
        self.read += 1
        low = max(sd[0] - sd[1], 0.0) ** 2 * (n - 1) + n * (abs(mean[0]) - mean[1]) ** 2
        high = (sd[0] + sd[1]) ** 2 * (n - 1) + n * (abs(mean[0]) + mean[1]) ** 2
        self.known.know({name: value**2 for name, value in weights.items()}, low, high)

    def _turned(self) -> dict[str, float]:
        values = self.truth.values
        if not self.reverses:
            return values
        low, high = min(values.values()), max(values.values())
        return {option: low + high - value for option, value in values.items()}

    reverses: bool = False

    def findings(self, *, exactly: bool) -> Iterator[Finding]:
        """Bound every count of one to four: in a group, in all groups, among those who answered the whole scale."""
        truth = self.truth
        most = float(sum(truth.counts.values()))
        targets = [
            *((f"{g}, {c}", {self._name(g, c): 1.0}, truth.counts[g, c]) for g in truth.groups for c in self._categories),
            *((f"all, {c}", self._sum([c]), truth.total(c)) for c in self._categories if len(truth.groups) > 1),
            *((f"complete, {c}", {f"complete|{c}": 1.0}, n) for c, n in truth.complete.items() if f"complete|{c}" in self.known.names),
        ]  # fmt: skip
        for what, weights, true in targets:
            if 0 < true < FEW:
                one = self.known.found(f"{truth.item.id}, {what}", true, weights, most, exactly=exactly)
                yield replace(one, by_design=one.is_leak and one.low == 0 and what.endswith(MISSING_KINDS))
