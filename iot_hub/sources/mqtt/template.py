"""Home Assistant's ``value_template``: the part of it that devices use to say where their value stands.

Facts: home-assistant.io, "Templating"; Jinja's expressions. Understood: ``value``, ``value_json.a.b``,
``value_json['a'][0]``, numbers and texts, ``+ - * / // % ~``, comparisons, ``and or not``, ``is defined``, ``A if B
else C`` and the filters of _FILTERS, alone or among text. Statements (``{% … %}``) and everything else are refused
when a template is compiled. Nothing of it can loop, and no name leads out of the message.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from iot_hub.values import number

Value = Any
Evaluate = Callable[[str, Value], Value]
"""Takes a payload as text and as JSON; None stands for what is not there."""

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<text>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<sign>==|!=|<=|>=|//|[-+*/%~<>|.,()\[\]]))"
)
_PART = re.compile(r"\{\{-?(.*?)-?\}\}", re.DOTALL)
_LONGEST = 2_000
_DEEPEST = 30


class TemplateError(ValueError):
    """The template is not understood; the argument says why."""


@lru_cache(maxsize=10_000)
def compile_template(template: str) -> Evaluate:
    """Compile a template. Raises TemplateError."""
    if len(template) > _LONGEST:
        raise TemplateError("too long")
    if "{%" in template or "{#" in template:
        raise TemplateError("statements are not understood")
    pieces = _PART.split(template.strip())
    texts, expressions = pieces[::2], [_Parser(each).whole() for each in pieces[1::2]]
    if len(expressions) == 1 and texts == ["", ""]:
        return expressions[0]
    if not expressions:
        return lambda value, value_json: template

    def evaluate(value: str, value_json: Value) -> Value:
        found = [_written(each(value, value_json)) for each in expressions]
        return "".join([texts[0], *(one + two for one, two in zip(found, texts[1:], strict=True))])

    return evaluate


def _written(value: Value) -> str:
    return "" if value is None else str(value)


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        at, text = 0, text.strip()
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise TemplateError(f"unexpected {text[at]!r}")
            kind = found.lastgroup or ""
            self._tokens.append((kind, found[kind]))
            at = found.end()
        self._at = 0
        self._depth = 0

    def whole(self) -> Evaluate:
        found = self._choice()
        if self._at < len(self._tokens):
            raise TemplateError(f"unexpected {self._tokens[self._at][1]!r}")
        return found

    def _take(self, *words: str) -> str | None:
        if self._at < len(self._tokens) and self._tokens[self._at][1] in words:
            if self._tokens[self._at][0] == "text":
                return None
            self._at += 1
            return self._tokens[self._at - 1][1]
        return None

    def _expect(self, word: str) -> None:
        if self._take(word) is None:
            raise TemplateError(f"{word!r} is missing")

    def _choice(self) -> Evaluate:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise TemplateError("too deep")
        value = self._either()
        if self._take("if"):
            condition = self._either()
            other = self._choice() if self._take("else") else _nothing
            chosen = value
            value = lambda v, j: chosen(v, j) if condition(v, j) else other(v, j)  # noqa: E731
        self._depth -= 1
        return value

    def _either(self) -> Evaluate:
        left = self._both()
        while self._take("or"):
            left = _either(left, self._both())
        return left

    def _both(self) -> Evaluate:
        left = self._negated()
        while self._take("and"):
            left = _both(left, self._negated())
        return left

    def _negated(self) -> Evaluate:
        if self._take("not"):
            inner = self._comparison()
            return lambda v, j: not inner(v, j)
        return self._comparison()

    def _comparison(self) -> Evaluate:
        left = self._sum()
        if self._take("is"):
            is_not = self._take("not") is not None
            test = self._take("defined", "none", "number")
            if test is None:
                raise TemplateError("unknown test")
            return _tested(left, test, is_not)
        sign = self._take("==", "!=", "<", ">", "<=", ">=")
        return _calculated(sign, left, self._sum()) if sign else left

    def _sum(self) -> Evaluate:
        left = self._product()
        while sign := self._take("+", "-", "~"):
            left = _calculated(sign, left, self._product())
        return left

    def _product(self) -> Evaluate:
        left = self._filtered()
        while sign := self._take("*", "/", "//", "%"):
            left = _calculated(sign, left, self._filtered())
        return left

    def _filtered(self) -> Evaluate:
        if self._take("-"):
            inner = self._filtered()
            return _calculated("-", lambda v, j: 0, inner)
        value = self._primary()
        while self._take("|"):
            name = self._name()
            arguments = self._arguments() if self._take("(") else []
            if name not in _FILTERS:
                raise TemplateError(f"unknown filter {name!r}")
            value = _applied(_FILTERS[name], value, arguments)
        return value

    def _arguments(self) -> list[Evaluate]:
        found: list[Evaluate] = []
        while not self._take(")"):
            if len(self._tokens) > self._at + 1 and self._tokens[self._at + 1][1] == "=":
                raise TemplateError("named arguments are not understood")
            found.append(self._choice())
            if not self._take(","):
                self._expect(")")
                break
        return found

    def _name(self) -> str:
        if self._at < len(self._tokens) and self._tokens[self._at][0] == "name":
            self._at += 1
            return self._tokens[self._at - 1][1]
        raise TemplateError("a name is missing")

    def _primary(self) -> Evaluate:
        if self._at >= len(self._tokens):
            raise TemplateError("it ends too early")
        kind, word = self._tokens[self._at]
        self._at += 1
        if kind == "number":
            constant = number(word)
            return lambda v, j: constant
        if kind == "text":
            words = re.sub(r"\\(.)", r"\1", word[1:-1])
            return lambda v, j: words
        if word == "(":
            found = self._choice()
            self._expect(")")
            return self._steps(found)
        if kind == "name" and word in _NAMES:
            return self._steps(_NAMES[word])
        if kind == "name" and word in ("float", "int") and self._take("("):
            return _applied(_FILTERS[word], (arguments := self._arguments() or [_nothing])[0], arguments[1:])
        raise TemplateError(f"unknown name {word!r}")

    def _steps(self, value: Evaluate) -> Evaluate:
        while True:
            if self._take("."):
                kind, word = self._tokens[self._at] if self._at < len(self._tokens) else ("", "")
                if kind not in ("name", "number"):
                    raise TemplateError("a name is missing")
                self._at += 1
                if word == "get" and self._take("("):
                    value = _member(value, (self._arguments() or [_nothing])[0])
                else:
                    value = _member(value, _constant(word))
            elif self._take("["):
                inner = self._choice()
                self._expect("]")
                value = _member(value, inner)
            else:
                return value


def _nothing(value: str, value_json: Value) -> Value:
    return None


def _constant(token: str) -> Evaluate:
    return lambda v, j: token


_NAMES: Mapping[str, Evaluate] = {
    "value": lambda value, value_json: value,
    "value_json": lambda value, value_json: value_json,
    "true": lambda value, value_json: True,
    "True": lambda value, value_json: True,
    "false": lambda value, value_json: False,
    "False": lambda value, value_json: False,
    "none": _nothing,
    "None": _nothing,
}


def _member(value: Evaluate, key: Evaluate) -> Evaluate:
    def evaluate(text: str, json: Value) -> Value:
        whole, name = value(text, json), key(text, json)
        if isinstance(whole, dict):
            return whole.get(name if isinstance(name, str) else str(name))
        if isinstance(whole, list):
            index = number(name)
            return whole[index] if isinstance(index, int) and -len(whole) <= index < len(whole) else None
        return None

    return evaluate


def _either(left: Evaluate, right: Evaluate) -> Evaluate:
    return lambda v, j: left(v, j) or right(v, j)


def _both(left: Evaluate, right: Evaluate) -> Evaluate:
    return lambda v, j: left(v, j) and right(v, j)


def _tested(value: Evaluate, test: str, is_not: bool) -> Evaluate:
    if test == "number":
        return lambda v, j: isinstance(value(v, j), int | float) != is_not
    return lambda v, j: ((value(v, j) is None) != (test == "defined")) != is_not


def _calculated(sign: str, left: Evaluate, right: Evaluate) -> Evaluate:
    calculate = _SIGNS[sign]

    def evaluate(text: str, json: Value) -> Value:
        one, two = left(text, json), right(text, json)
        if sign in ("==", "!="):
            return (one == two) == (sign == "==")
        if sign == "~":
            return _written(one) + _written(two)
        # A text is not added to a number: the message does not hold what the template expects.
        if not (_is_number(one) and _is_number(two)):
            return None
        try:
            return calculate(one, two)
        except (ArithmeticError, ValueError):
            return None

    return evaluate


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float)


_SIGNS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": lambda one, two: one + two,
    "-": lambda one, two: one - two,
    "*": lambda one, two: one * two,
    "/": lambda one, two: one / two,
    "//": lambda one, two: one // two,
    "%": lambda one, two: one % two,
    "<": lambda one, two: one < two,
    ">": lambda one, two: one > two,
    "<=": lambda one, two: one <= two,
    ">=": lambda one, two: one >= two,
    "==": lambda one, two: one == two,
    "!=": lambda one, two: one != two,
    "~": lambda one, two: None,
}


def _applied(filter: Callable[[Value, Sequence[Value]], Value], value: Evaluate, arguments: list[Evaluate]) -> Evaluate:
    return lambda v, j: filter(value(v, j), [each(v, j) for each in arguments])


def _float(value: Value, arguments: Sequence[Value]) -> Value:
    # A default of 0 would make a zero of a gap: what is not there stays so.
    found = number(value)
    return None if found is None else float(found)


def _int(value: Value, arguments: Sequence[Value]) -> Value:
    found = number(value)
    return None if found is None else int(found)


def _round(value: Value, arguments: Sequence[Value]) -> Value:
    found, digits = number(value), number(arguments[0]) if arguments else 0
    if found is None or not isinstance(digits, int) or abs(digits) > 15:
        return None
    return round(found, digits)


def _default(value: Value, arguments: Sequence[Value]) -> Value:
    return arguments[0] if value is None and arguments else value


def _of_text(change: Callable[[str], Value]) -> Callable[[Value, Sequence[Value]], Value]:
    return lambda value, arguments: change(value) if isinstance(value, str) else None


def _multiply(value: Value, arguments: Sequence[Value]) -> Value:
    one, two = number(value), number(arguments[0]) if arguments else None
    return None if one is None or two is None else one * two


def _abs(value: Value, arguments: Sequence[Value]) -> Value:
    found = number(value)
    return None if found is None else abs(found)


def _same(value: Value, arguments: Sequence[Value]) -> Value:
    return value


_FILTERS: Mapping[str, Callable[[Value, Sequence[Value]], Value]] = {
    "abs": _abs,
    "default": _default,
    "float": _float,
    "int": _int,
    "is_defined": _same,
    "lower": _of_text(str.lower),
    "multiply": _multiply,
    "replace": lambda value, arguments: value.replace(*arguments) if _are_texts(value, arguments) else value,
    "round": _round,
    "string": lambda value, arguments: None if value is None else str(value),
    "title": _of_text(str.title),
    "trim": _of_text(str.strip),
    "upper": _of_text(str.upper),
}


def _are_texts(value: Value, arguments: Sequence[Value]) -> bool:
    return len(arguments) == 2 and all(isinstance(each, str) for each in (value, *arguments)) and len(value) < _LONGEST
