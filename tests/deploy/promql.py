"""What labels a PromQL query yields, checked against the metrics that there are.

A query is wrong where it names a metric or a label that nobody exposes, groups by a label that is
gone by then, or matches two sides that cannot match.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import promql_parser as p

Labels = frozenset[str]
Catalogue = Mapping[str, Labels]

# Of every query language here, only what the rules and the dashboard use is let through.
_KEEPS_LABELS = {
    "abs", "avg_over_time", "deriv", "increase", "max_over_time", "min_over_time", "rate",
}  # fmt: skip
_SETS = {"and", "or", "unless"}


class QueryWrong(ValueError):
    """The query can never say what it means to."""


def labels_of(query: str, catalogue: Catalogue) -> Labels:
    """The labels of every series in the result.

    Errors:
        QueryWrong: and why.
    """
    try:
        expression = p.parse(query)
    except ValueError as err:
        raise QueryWrong(f"{query}: {err}") from err
    return _Visit(query, catalogue).labels(expression)


def literals_of(query: str) -> set[tuple[str, str, str]]:
    """(metric, label, value) of every value that the query asks a label to be."""
    found: set[tuple[str, str, str]] = set()
    for selector in _selectors(p.parse(query)):
        for matcher in selector.matchers.matchers:
            if matcher.op in (p.MatchOp.Equal, p.MatchOp.NotEqual):
                found.add((selector.name, matcher.name, matcher.value))
            else:
                for value in matcher.value.split("|"):
                    if re.fullmatch(r"\w+", value):
                        found.add((selector.name, matcher.name, value))
    return found


def metrics_of(query: str) -> set[str]:
    """The names of the metrics that the query reads."""
    return {selector.name for selector in _selectors(p.parse(query))}


def _selectors(node: Any) -> list[Any]:
    if isinstance(node, p.VectorSelector):
        return [node]
    if isinstance(node, p.MatrixSelector):
        return [node.vector_selector]
    children = [getattr(node, name, None) for name in ("lhs", "rhs", "expr")]
    children += getattr(node, "args", [])
    return [found for child in children if child is not None for found in _selectors(child)]


class _Visit:
    def __init__(self, query: str, catalogue: Catalogue) -> None:
        self._query = query
        self._catalogue = catalogue

    def labels(self, node: Any) -> Labels:
        if isinstance(node, (p.NumberLiteral, p.StringLiteral)):
            return frozenset()
        if isinstance(node, (p.ParenExpr, p.UnaryExpr, p.SubqueryExpr)):
            return self.labels(node.expr)
        if isinstance(node, p.MatrixSelector):
            return self._selector(node.vector_selector)
        if isinstance(node, p.VectorSelector):
            return self._selector(node)
        if isinstance(node, p.Call):
            return self._call(node)
        if isinstance(node, p.AggregateExpr):
            return self._aggregate(node)
        if isinstance(node, p.BinaryExpr):
            return self._binary(node)
        raise QueryWrong(f"{self._query}: nothing is known of {type(node).__name__}")

    def _selector(self, node: Any) -> Labels:
        known = self._catalogue.get(node.name)
        if known is None:
            raise QueryWrong(f"{self._query}: nobody exposes {node.name}")
        for matcher in node.matchers.matchers:
            self._need({matcher.name}, known, f"{node.name} has no label")
        return known

    def _call(self, node: Any) -> Labels:
        name = node.func.name
        if name == "histogram_quantile":
            inner = self.labels(node.args[1])
            self._need({"le"}, inner, "histogram_quantile without")
            return inner - {"le"}
        if name not in _KEEPS_LABELS:
            raise QueryWrong(f"{self._query}: nothing is known of {name}()")
        return self.labels(node.args[0])

    def _aggregate(self, node: Any) -> Labels:
        inner = self.labels(node.expr)
        if node.modifier is None:
            return frozenset()
        named = frozenset(node.modifier.labels)
        self._need(named, inner, f"{node.op} by labels that are not there:")
        return named if node.modifier.type == p.AggModifierType.By else inner - named

    def _binary(self, node: Any) -> Labels:
        left, right = self.labels(node.lhs), self.labels(node.rhs)
        scalars = (p.NumberLiteral,)
        if isinstance(node.rhs, scalars):
            return left
        if isinstance(node.lhs, scalars):
            return right
        operator = str(node.op)
        if operator == "or":
            return left & right
        matched = self._matched(node, left, right)
        if operator in _SETS or operator in {">", "<", ">=", "<=", "==", "!="}:
            return left
        return matched

    def _matched(self, node: Any, left: Labels, right: Labels) -> Labels:
        matching = node.modifier.matching if node.modifier is not None else None
        if matching is None:
            if left != right:
                raise QueryWrong(
                    f"{self._query}: {sorted(left)} on the left of {node.op} "
                    f"never match {sorted(right)} on its right"
                )
            return left
        named = frozenset(matching.labels)
        if matching.type == p.LabelModifierType.Exclude:
            if left - named != right - named:
                raise QueryWrong(f"{self._query}: the sides of {node.op} never match")
            return left - named
        self._need(named, left & right, f"{node.op} on labels that are not on both sides:")
        return named

    def _need(self, names: set[str] | Labels, there: Labels, problem: str) -> None:
        missing = names - there
        if missing:
            raise QueryWrong(f"{self._query}: {problem} {sorted(missing)}")
