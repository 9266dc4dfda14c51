"""What people type, as values of a field; and back again."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Sequence

from pipeline import model
from pipeline.errors import UsageProblem
from pipeline.forms import eras, schema

# NFKC keeps these apart; in figures they all mean the same. ー is what a kana keyboard gives for a dash.
DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−ー─━ｰ﹣", "-"))
LONGEST = 2000  # characters of a text
SEVERAL = "、"

DATE = re.compile(
    r"(?P<era>明治|大正|昭和|平成|令和|[MTSHR])?(?P<year>元|\d{1,4})[年./-](?P<month>\d{1,2})[月./-](?P<day>\d{1,2})日?"
)
PLAIN_DATE = re.compile(r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)")


class NotUnderstood(UsageProblem):
    """A typed value does not fit its field; the sentence says what would."""


def understood(field: schema.Field, raw: str | Sequence[str]) -> model.Value:
    """The value that was meant: 全角 digits, dashes and dates are brought to one form, names and texts never.

    Args:
        field: of the form.
        raw: as typed; of choices the option's `value` as text (several where the field allows it); of presence
            "true" or "false"; of dates `2026-03-05`, `令和8年3月5日`, `R8.3.5` or `20260305`.

    Raises:
        NotUnderstood: in Japanese.
    """
    if isinstance(field, schema.Choice):
        return _choice(field, [raw] if isinstance(raw, str) else list(raw))
    typed = raw if isinstance(raw, str) else "".join(raw[:1])
    if not typed.strip():
        raise _refused(field, "value-missing", "値が入っていません。", "書いてなければ「無回答」を選んでください。")
    match field:
        case schema.Score():
            return _score(field, typed)
        case schema.Digits():
            return _digits(field, typed)
        case schema.Date():
            return _date(field, typed)
        case schema.Presence():
            return _presence(field, typed)
        case _:
            return _words(field, typed)


def shown(field: schema.Field, value: model.Value) -> str:
    """A value as text for its control, such that `understood` gives it back; an empty text for None."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return SEVERAL.join(_text(one) for one in value)
    if isinstance(field, schema.Digits) and field.number and isinstance(value, (int, float)):
        return f"{value:.{field.number.decimals}f}"
    return _text(value)


def _text(value: model.Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def plain(typed: str) -> str:
    """Figures in one form: half-width, one kind of dash, no spaces. Never for names or free text."""
    return "".join(unicodedata.normalize("NFKC", typed).translate(DASHES).split())


def _choice(field: schema.Choice, chosen: list[str]) -> model.Value:
    by_text = {_text(option.value): option.value for option in field.options}
    if field.multiple and len(chosen) == 1 and chosen[0] not in by_text:
        chosen = chosen[0].split(SEVERAL)
    chosen = [one for one in chosen if one]
    if not chosen:
        raise _refused(field, "value-missing", "選ばれていません。", "書いてなければ「無回答」を選んでください。")
    if not set(chosen) <= set(by_text):
        raise _refused(
            field, "option-unknown", "その選択肢はありません。", f"選べるのは {SEVERAL.join(by_text)} です。"
        )
    if field.multiple:
        return tuple(value for text, value in by_text.items() if text in chosen)
    if len(set(chosen)) > 1:
        raise _refused(field, "one-only", "選べるのは一つだけです。", "紙に複数あれば「複数回答」を選んでください。")
    return by_text[chosen[0]]


def _score(field: schema.Score, typed: str) -> model.Value:
    allowed = [int(option.value) for option in field.options] or field.values
    text = plain(typed)
    if not re.fullmatch(r"-?\d{1,6}", text) or int(text) not in allowed:
        options = SEVERAL.join(map(str, allowed))
        raise _refused(field, "score-unknown", f"「{typed}」は選べない数です。", f"選べるのは {options} です。")
    return int(text)


def _digits(field: schema.Digits, typed: str) -> model.Value:
    text = plain(typed)
    if field.number:
        return _number(field, field.number, text)
    pattern = field.pattern or r"\d+"
    for candidate in (text, text.replace("-", "")):
        if re.fullmatch(pattern, candidate, re.ASCII):
            return candidate
    raise _refused(
        field, "digits-pattern", f"「{typed}」は、この欄の書き方と合いません。", "桁数と数字を確かめてください。"
    )


def _number(field: schema.Digits, rule: schema.Number, text: str) -> model.Value:
    places = rf"(\.\d{{1,{rule.decimals}}})?" if rule.decimals else ""
    if not re.fullmatch(rf"-?\d{{1,12}}{places}", text.replace(",", ""), re.ASCII):
        how = f"小数点以下 {rule.decimals} 桁までの数" if rule.decimals else "整数"
        raise _refused(field, "number", f"「{text}」は数として読めません。", f"{how}を入れてください。")
    number = float(text.replace(",", ""))
    low, high = rule.min, rule.max
    if (low is not None and number < low) or (high is not None and number > high):
        between = f"{'' if low is None else f'{low:g}'}〜{'' if high is None else f'{high:g}'}{rule.unit}"
        raise _refused(
            field, "out-of-range", f"{text} は決められた範囲（{between}）の外です。", "紙を確かめてください。"
        )
    return number if rule.decimals else int(number)


def _date(field: schema.Field, typed: str) -> model.Value:
    found = DATE.fullmatch(plain(typed).upper()) or PLAIN_DATE.fullmatch(plain(typed))
    if found is None:
        how = "2026-03-05、令和8年3月5日、R8.3.5 のように入れてください。"
        raise _refused(field, "date", f"「{typed}」は日付として読めません。", how)
    parts = found.groupdict()
    year = 1 if parts["year"] == "元" else int(parts["year"])
    try:
        return _day(parts.get("era"), year, int(parts["month"]), int(parts["day"])).isoformat()
    except ValueError as error:
        raise _refused(
            field, "date-impossible", f"「{typed}」は暦にない日付です。", "紙を確かめてください。"
        ) from error


def _day(era: str | None, year: int, month: int, day: int) -> datetime.date:
    if era:
        return eras.western(eras.LETTERS.get(era, era), year, month, day)
    if year < 1868:
        raise ValueError("a year without its era")
    return datetime.date(year, month, day)


def _words(field: schema.Field, typed: str) -> model.Value:
    text = typed.replace("\r\n", "\n").strip()
    if len(text) > LONGEST:
        raise _refused(field, "too-long", f"長すぎます（{len(text)} 文字）。", f"{LONGEST} 文字までにしてください。")
    if any(unicodedata.category(one) == "Cc" and one not in "\n\t" for one in text):
        raise _refused(field, "control-character", "目に見えない文字が入っています。", "もう一度打ってください。")
    return text


def _presence(field: schema.Field, typed: str) -> model.Value:
    if typed not in {"true", "false"}:
        raise _refused(field, "presence", f"「{typed}」は選べません。", "「あり」か「なし」を選んでください。")
    return typed == "true"


def _refused(field: schema.Field, code: str, what: str, todo: str) -> NotUnderstood:
    return NotUnderstood(code, f"「{field.name}」: {what}", todo)
