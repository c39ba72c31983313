"""A how-to page in Markdown as HTML: headings, lists, tables, code and paragraphs; links become plain words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape

_FENCE = "```"
_ITEM = re.compile(r"^(?:[-*]|(?P<number>\d+)\.) +(?P<said>.*)$")
_STARTS = re.compile(r"^(?:#{1,6} |```|\||> ?|(?:[-*]|\d+\.) )")
_INLINE = (
    (re.compile(r"!?\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"\*\*([^*]+)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"(?<![\w*])\*([^*\s][^*]*)\*(?![\w*])"), r"<em>\1</em>"),
)


def title_of(text: str) -> str:
    """Return the first heading of a page, or an empty text."""
    return next((line[2:].strip() for line in text.splitlines() if line.startswith("# ")), "")


def html_of_guide(text: str) -> str:
    r"""Return a page's body without its first heading; every word is escaped, nothing is linked or fetched.

    Examples
    --------
    >>> print(html_of_guide("# Title\n\nRun `plan`, **now**.\n\n- one\n- two"))
    <p>Run <code>plan</code>, <strong>now</strong>.</p>
    <ul><li>one</li><li>two</li></ul>
    """
    lines = text.splitlines()
    titled = next((number for number, line in enumerate(lines) if line.startswith("# ")), None)
    if titled is not None:
        del lines[titled]
    return "\n".join(_blocks(lines))


def _blocks(lines: Sequence[str]) -> Iterator[str]:
    at = 0
    while at < len(lines):
        line = lines[at]
        if not line.strip():
            at += 1
        elif line.lstrip().startswith(_FENCE):
            end = next((n for n in range(at + 1, len(lines)) if lines[n].lstrip().startswith(_FENCE)), len(lines))
            yield f'<pre tabindex="0"><code>{escape(chr(10).join(lines[at + 1 : end]))}</code></pre>'
            at = end + 1
        elif line.startswith("#"):
            level = min(len(line) - len(line.lstrip("#")), 4)
            yield f"<h{level}>{_inline(line.lstrip('#').strip())}</h{level}>"
            at += 1
        else:
            block, at = _gathered(lines, at)
            yield block


def _gathered(lines: Sequence[str], at: int) -> tuple[str, int]:
    """Return the table, list, quotation or paragraph that begins at a line, and the line after it."""
    line = lines[at]
    if line.startswith("|"):
        end = next((n for n in range(at, len(lines)) if not lines[n].startswith("|")), len(lines))
        return _table(lines[at:end]), end
    if line.startswith(">"):
        end = next((n for n in range(at, len(lines)) if not lines[n].startswith(">")), len(lines))
        said = " ".join(one.lstrip("> ") for one in lines[at:end])
        return f"<blockquote><p>{_inline(said)}</p></blockquote>", end
    if _ITEM.match(line):
        return _list(lines, at)
    end = at + 1
    while end < len(lines) and lines[end].strip() and not _STARTS.match(lines[end]):
        end += 1
    return f"<p>{_inline(' '.join(one.strip() for one in lines[at:end]))}</p>", end


def _list(lines: Sequence[str], at: int) -> tuple[str, int]:
    first = _ITEM.match(lines[at])
    tag = "ol" if first is not None and first["number"] else "ul"
    items: list[list[str]] = []
    while at < len(lines):
        found = _ITEM.match(lines[at])
        if found:
            items.append([found["said"]])
        elif lines[at].startswith((" ", "\t")) or (not lines[at].strip() and _goes_on(lines, at)):
            items[-1].append(lines[at][3:] if lines[at].startswith("   ") else lines[at].strip())
        elif lines[at].strip() and not _STARTS.match(lines[at]):
            items[-1].append(lines[at].strip())
        else:
            break
        at += 1
    return f"<{tag}>{''.join(f'<li>{_item(item)}</li>' for item in items)}</{tag}>", at


def _goes_on(lines: Sequence[str], at: int) -> bool:
    after = lines[at + 1] if at + 1 < len(lines) else ""
    return after.startswith("  ") or _ITEM.match(after) is not None


def _item(lines: Sequence[str]) -> str:
    """Return what one member of a list says; plain text without a paragraph around it."""
    if any(line.lstrip().startswith(_FENCE) or _ITEM.match(line) or not line.strip() for line in lines[1:]):
        return "".join(_blocks(lines))
    return _inline(" ".join(line.strip() for line in lines))


def _table(lines: Sequence[str]) -> str:
    rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))] for line in lines]
    head, body = rows[0], rows[2:]
    top = "".join(f'<th scope="col">{_inline(cell)}</th>' for cell in head)
    rest = "".join(f"<tr>{''.join(f'<td>{_inline(cell)}</td>' for cell in row)}</tr>" for row in body)
    return f'<div class="scroll" tabindex="0"><table><thead><tr>{top}</tr></thead><tbody>{rest}</tbody></table></div>'


def _inline(text: str) -> str:
    """Return a line with its code, stress and links; what stands in code stays as it is."""
    parts = re.split(r"`([^`]+)`", text)
    for place, part in enumerate(parts):
        if place % 2:
            parts[place] = f"<code>{escape(part)}</code>"
            continue
        said = escape(part.replace("\\|", "|"))
        for pattern, put in _INLINE:
            said = pattern.sub(put, said)
        parts[place] = said
    return "".join(parts)
