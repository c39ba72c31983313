"""A model in a few lines of text: which items belong to which factor, what goes together, what is equal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from trustmeter.errors import DesignError, Problem

MEASURES: Final = "=~"
VARIES_WITH: Final = "~~"
DEPENDS_ON: Final = "~"

_OPERATORS = re.compile(r"=~|~~|:=|==|<~|~\*~|[<>|]|~")
_NAME = re.compile(r"[^\W\d][\w.]*\Z")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z")
_ELSEWHERE = {
    ":=": "New quantities are not defined here; compute them from the result.",
    "==": "Give the cells that are to be equal the same label instead: `f =~ a*x1 + a*x2`.",
    "<~": "Formative factors are not offered.",
    "|": "Thresholds of ordered items are part of the model without being named; leave the line out.",
    "~*~": "Scales of ordered items are part of the model without being named; leave the line out.",
    "<": "Inequalities are not offered.",
    ">": "Inequalities are not offered.",
}


@dataclass(frozen=True, slots=True)
class Statement:
    """One cell of a model.

    Parameters
    ----------
    left, operator, right
        ``f =~ item`` (measures), ``a ~~ b`` (varies with) or ``f ~ g`` (depends on).
    fixed
        The value at which it stands, or ``None``.
    free
        Whether it was freed by ``NA*``.
    label
        Cells with the same label are equal.
    line
        Where it was written, from 1.
    """

    left: str
    operator: str
    right: str
    fixed: float | None = None
    free: bool = False
    label: str | None = None
    line: int = 0

    @property
    def pair(self) -> tuple[str, str, str]:
        """What it is about, in one order of `left` and `right` where the order does not matter."""
        if self.operator == VARIES_WITH:
            return (*sorted((self.left, self.right)), self.operator)  # type: ignore[return-value]
        return self.left, self.right, self.operator

    def __str__(self) -> str:
        return f"{self.left} {self.operator} {self.right}"


def parse_model(text: str, where: str) -> tuple[Statement, ...]:
    """Return the statements of a model text.

    Parameters
    ----------
    text
        Lines (or parts between semicolons) such as ``f =~ a + b + c``, ``a ~~ b``, ``f ~ g``; before a name and a star may
        stand a number (fixed), ``NA`` (free) or a label (equal labels, equal values). ``#`` begins a comment. A line that
        ends or begins with ``+`` goes on.
    where
        The public verb's name.

    Raises
    ------
    DesignError
        With all problems at once, each with its line.
    """
    if not isinstance(text, str):
        raise DesignError(
            f"The `model` argument of `{where}` must be a text such as 'f =~ a + b + c'. Got {type(text).__name__}."
        )
    statements: list[Statement] = []
    problems: list[Problem] = []
    for line, sentence in _sentences(text):
        _read(sentence, line, statements, problems)
    problems += _contradictions(statements)
    if not problems and not any(one.operator == MEASURES for one in statements):
        problems = [_problem("M-NO-FACTOR", 1, "no factor is defined", "Write `factor =~ item1 + item2 + item3`.")]
    if problems:
        count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
        raise DesignError(f"The `model` argument of `{where}` has {count}.", sorted(problems, key=_line_of))
    return tuple(statements)


def _sentences(text: str) -> list[tuple[int, str]]:
    """Return each sentence with the number of its first line; lines that end or begin with an operator or + go on."""
    found: list[tuple[int, str]] = []
    for number, raw in enumerate(text.split("\n"), start=1):
        for part in raw.split("#", 1)[0].split(";"):
            sentence = part.strip()
            if not sentence:
                continue
            open_end = bool(found) and found[-1][1].endswith(("+", "~", "*")) and not _OPERATORS.search(sentence)
            goes_on = open_end or (bool(found) and sentence.startswith(("+", "*")))
            if goes_on:
                found[-1] = (found[-1][0], f"{found[-1][1]} {sentence}")
            else:
                found.append((number, sentence))
    return found


def _read(sentence: str, line: int, statements: list[Statement], problems: list[Problem]) -> None:
    """Add the statements, or the problems, of one sentence."""
    operators = _OPERATORS.findall(sentence)
    if len(operators) != 1 or operators[0] in _ELSEWHERE:
        problems.append(_wrong_operator(sentence, operators, line))
        return
    left_text, right_text = (part.strip() for part in sentence.split(operators[0]))
    lefts = [part.strip() for part in left_text.split("+")]
    for left in lefts:
        if not _NAME.match(left):
            problems.append(_problem("M-NAME", line, f"{left or sentence!r} is no name before `{operators[0]}`",
                                     "Begin a name with a letter; use letters, digits, `_` and `.`."))  # fmt: skip
    for term in (part.strip() for part in right_text.split("+")):
        made = _term(term, operators[0], line)
        if isinstance(made, Problem):
            problems.append(made)
        else:
            statements += [
                Statement(left, operators[0], made.right, made.fixed, made.free, made.label, line)
                for left in lefts
                if _NAME.match(left)
            ]


def _wrong_operator(sentence: str, operators: list[str], line: int) -> Problem:
    strange = next((one for one in operators if one in _ELSEWHERE), None)
    if strange is not None:
        return _problem("M-OPERATOR", line, f"`{strange}` in {sentence!r} is not understood", _ELSEWHERE[strange])
    if not operators:
        cure = "Write `f =~ a + b` (measures), `a ~~ b` (varies with) or `f ~ g` (depends on)."
        return _problem("M-OPERATOR", line, f"{sentence!r} has none of `=~`, `~~`, `~`", cure)
    return _problem("M-OPERATOR", line, f"{sentence!r} has {len(operators)} operators", "Begin a new line after each.")


def _term(term: str, operator: str, line: int) -> Statement | Problem:
    """Return one term of a right side, its left side left empty."""
    *prefixes, name = (part.strip() for part in term.split("*"))
    if operator == DEPENDS_ON and name in {"1", "0"}:
        cure = "Intercepts are part of the model without being named; leave the line out."
        return _problem("M-INTERCEPT", line, f"an intercept (`~ {name}`) is not understood", cure)
    if not _NAME.match(name):
        said = f"{term!r} is no name" if term else f"a name is missing after `{operator}` or `+`"
        return _problem("M-NAME", line, said, "Write names joined by `+`, such as `a + b`, `0.5*a` or `label*a`.")
    fixed, free, label = None, False, None
    for prefix in prefixes:
        if prefix == "NA":
            free = True
        elif _NUMBER.match(prefix):
            fixed = float(prefix)
        elif _NAME.match(prefix):
            label = prefix
        else:
            cure = "Before `*` stands a number (fixed), `NA` (free) or a label (equal labels are equal)."
            return _problem("M-PREFIX", line, f"{prefix!r} before `*{name}` is not understood", cure)
    if fixed is not None and (free or label is not None):
        return _problem("M-PREFIX", line, f"{term!r} is both fixed and free", "Keep the number, or the label and `NA`.")
    return Statement("", operator, name, fixed, free, label, line)


def _contradictions(statements: list[Statement]) -> list[Problem]:
    """Return what is said twice, and what cannot be said of these names."""
    problems: list[Problem] = []
    seen: dict[tuple[str, str, str], int] = {}
    factors = {one.left for one in statements if one.operator == MEASURES}
    for one in statements:
        if one.pair in seen:
            problems.append(_problem("M-TWICE", one.line, f"`{one}` was said before, in line {seen[one.pair]}",
                                     "Say it once."))  # fmt: skip
        seen.setdefault(one.pair, one.line)
        if one.operator != VARIES_WITH and one.left == one.right:
            problems.append(_problem("M-ITSELF", one.line, f"`{one}` points at itself", "Name two different things."))
        strangers = [name for name in (one.left, one.right) if name not in factors]
        if one.operator == DEPENDS_ON and strangers:
            problems.append(_problem("M-REGRESSION", one.line, f"{strangers[0]!r} in `{one}` is no factor of this model",
                                     "Only factors depend on each other here; define it with `=~` first."))  # fmt: skip
        if one.operator == VARIES_WITH and len(strangers) == 1 and one.left != one.right:
            problems.append(_problem("M-MIXED", one.line, f"`{one}` joins a factor and an item",
                                     "Join two factors, or the remainders of two items."))  # fmt: skip
    return problems + _circles(statements)


def _circles(statements: list[Statement]) -> list[Problem]:
    """Return the problem of factors that measure or depend on each other in a circle."""
    above: dict[str, set[str]] = {}
    for one in statements:
        if one.operator == MEASURES:
            above.setdefault(one.right, set()).add(one.left)
        elif one.operator == DEPENDS_ON:
            above.setdefault(one.left, set()).add(one.right)
    for one in statements:
        if one.operator == VARIES_WITH or one.left == one.right:
            continue
        child, parent = (one.right, one.left) if one.operator == MEASURES else (one.left, one.right)
        reached: set[str] = set()
        waiting = [parent]
        while waiting:
            new = above.get(waiting.pop(), set()) - reached
            waiting += new
            reached |= new
        if child in reached:
            cure = "Take out one of the lines, so that causes run one way."
            return [_problem("M-CIRCLE", one.line, f"{child!r} depends on itself through other factors", cure)]
    return []


def _problem(code: str, line: int, message: str, hint: str) -> Problem:
    return Problem(code, f"line {line}", f"{message}.", hint)


def _line_of(problem: Problem) -> int:
    return int(problem.where.split()[-1])
