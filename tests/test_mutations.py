"""Would a checker notice? Every solution is spoiled in one place at a time, and its checker has to reject the result.

`python tests/test_mutations.py` prints the table. A spoiled solution that still passes is either as good as the
solution, and stands in EQUIVALENT with the reason, or the checker needs a better case.
"""

import ast
import contextlib
import difflib
import io
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

import numpy as np
import pytest
from test_checks import CHECKERS, DATA, EXERCISES, LESSON

from course_utils.checks import Checker, Choice, Function, run

#: exercise, as in CHECKERS -> {reason: the changed lines of the mutants that pass for this reason}
EQUIVALENT: dict[str, dict[str, list[str]]] = {
    "1.2": {"find 0 for the empty string too": ["my_joint = TOY.stationary * TOY.emission[:, NUCLEOTIDES.index('')]"]},
    "2.4": {"there is one row a code": ["rows[np.arange(len(rows)), codes] = 1"]},
    "3.4": {"one letter of 1500 is within the tolerance, which leaves room for an answer to three decimals": [
        *(f"my_share = 1 - ({a} + 20 + 133) / (3 * 500)" for a in (499, 501)),
        *(f"my_share = 1 - (500 + {a} + 133) / (3 * 500)" for a in (19, 21)),
        *(f"my_share = 1 - (500 + 20 + {a}) / (3 * 500)" for a in (132, 134)),
        *(f"my_share = 1 - (500 + 20 + 133) / (3 * {a})" for a in (499, 501)),
    ]},
    "4.1": {"x is (B, E) and h is (B, D), so the last dimension is number 1": [
        "x_reset, x_update, x_new = (x @ w_x.T + b_x).chunk(3, dim=1)",
        "h_reset, h_update, h_new = (h @ w_h.T + b_h).chunk(3, dim=1)",
    ]},
    "5.2": {"logits are (N, 2), so the last dimension is number 1": ["log_p = logits[real].log_softmax(dim=1)"]},
    "8.3": {"not rounded is right too": ["my_n = (2.8 * 0.01 / 0.002) ** 2"]},
    "9.1": {"// rounds the change away: still 5 windows a sequence and 20 batches": [
        "my_moves = 201 * (500 // 100) // 50 * 100",
        "my_moves = 200 * (501 // 100) // 50 * 100",
        "my_moves = 200 * (500 // 99) // 50 * 100",
        "my_moves = 200 * (500 // 100) // 49 * 100",
    ]},
    "9.3": {"// rounds the change away: still 50 windows a sequence": [
        "my_epochs = 150 / (20 * (501 // 10) / 200)",
    ]},
    "6.2": {"here the lengths are known to be equal": [
        "return sum((t == p for t, p in zip(truth, prediction))) / len(prediction)"
    ]},
    "7.2": {
        "only the number is handed in, and L is the more common state by any of these counts": [
            *(f"my_more_common = int((truth[{rows}] == 1).mean() > 0.5)" for rows in (":", ":49", ":51")),
            "my_more_common = int((truth[:50] == 1).sum() > 0.5)",
            "my_more_common = int((truth[:50] == 1).mean() >= 0.5)",
            "my_baseline = (truth[50:] == 1).mean()",
        ],
        "True is 1": ["my_more_common = (truth[:50] == 1).mean() > 0.5"],
    },
    "8.4": {"the exercise leaves open whether an end exactly at the margin is inside": [
        "return -margin <= low and high < margin",
        "return -margin < low and high <= margin",
    ]},
    "10.3": {"a square does not mind the sign": [
        "return 1 - np.mean((prediction - truth) ** 2) / np.var(truth)"
    ]},
    "10.5": {"one free entry a row: times 1 or not": [
        "my_parameters = 1 + 2 + 2 * 3", "my_parameters = 1 + 2 / 1 + 2 * 3"
    ]},
    "11.4": {"the product of two vectors is the same in either order": ["return -2 * says / (w @ d)"]},
    "12.2": {
        "keepdims asks only whether it is true": ["return counts / counts.sum(axis=1, keepdims=2)"],
        "a mean instead of a sum: each row is divided by its own sum anyway": ["counts = pairs.mean(axis=0)"],
    },
    "13.1": {"M has one codon: times 1 or not": ["my_ways = 6 * 6 * 3"]},
    "14.1": {"whole batches only: a sequence more or less fills no further one": ["my_moves = 2001 * 10 // 100 * 50"]},
}  # fmt: skip

#: an operator -> what it is taken for
CONFUSED = {
    ast.Add: [ast.Sub], ast.Sub: [ast.Add], ast.Mult: [ast.Div], ast.Div: [ast.Mult], ast.FloorDiv: [ast.Mult],
    ast.Lt: [ast.LtE, ast.Gt], ast.LtE: [ast.Lt, ast.GtE], ast.Gt: [ast.GtE, ast.Lt], ast.GtE: [ast.Gt, ast.LtE],
    ast.Eq: [ast.NotEq], ast.NotEq: [ast.Eq], ast.In: [ast.NotIn], ast.NotIn: [ast.In],
    ast.BitAnd: [ast.BitOr], ast.BitOr: [ast.BitAnd], ast.And: [ast.Or], ast.Or: [ast.And],
}  # fmt: skip
#: operators whose sides cannot be exchanged
ONE_WAY = ast.Sub | ast.Div | ast.FloorDiv | ast.MatMult
#: the name of a method, function or attribute -> what it is taken for
MISTAKEN = {
    "mean": "sum", "sum": "mean", "amax": "amin", "sigmoid": "tanh", "tanh": "sigmoid", "log_softmax": "softmax",
    "zeros": "ones", "log": "exp", "exp": "log", "stationary": "start",
}  # fmt: skip


def places(node: ast.AST) -> Iterator[tuple[ast.AST, Callable[[ast.AST], None]]]:
    """Every node below this one, and how to put another in its place."""
    for field, value in ast.iter_fields(node):
        for i, child in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(child, ast.AST):
                put = partial(value.__setitem__, i) if isinstance(value, list) else partial(setattr, node, field)
                yield child, put
                if not isinstance(child, ast.Raise):  # what an error says is free
                    yield from places(child)


def spoiled(node: ast.AST, names: set[str], strings: set[str]) -> Iterator[ast.AST]:
    """What may stand instead of this node."""
    yield from (operator() for operator in CONFUSED.get(type(node), []))
    match node:
        case ast.Constant(value=int()):
            yield from (ast.Constant(node.value + 1), ast.Constant(node.value - 1))
        case ast.Constant(value=float()):
            yield ast.Constant(2 * node.value)
        case ast.Constant(value=str()):
            yield from map(ast.Constant, sorted(strings | {node.value[:-1]}))
        case ast.Name(ctx=ast.Load()) if node.id in names:
            yield from (ast.Name(name, ast.Load()) for name in sorted(names))
            yield from (ast.Constant(0), ast.Constant(1))
        case ast.UnaryOp():  # no minus, no `not`
            yield node.operand
        case ast.BinOp():  # one side only, such as a / b without the / b; the sides exchanged
            yield from (node.left, node.right)
            yield from [ast.BinOp(node.right, node.op, node.left)] if isinstance(node.op, ONE_WAY) else []
        case ast.BoolOp():
            yield from node.values
        case ast.IfExp():
            yield from (node.body, node.orelse)
        case ast.Slice():  # [1:] and [:-1] become [:]
            yield from (ast.Slice(None, node.upper), ast.Slice(node.lower, None))
        case ast.Attribute():
            yield from [ast.Attribute(node.value, MISTAKEN[node.attr])] if node.attr in MISTAKEN else []
            yield from [node.value] if node.attr == "T" else []
        case ast.Call():  # f(x) and x.f() become x
            yield from node.args[:1]
            yield from [node.func.value] if isinstance(node.func, ast.Attribute) else []
        case ast.If():
            yield from (ast.Pass(), ast.If(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse))
        case ast.For() | ast.Raise() | ast.Return() | ast.Expr() | ast.AugAssign():
            yield ast.Pass()
        case ast.Assign(targets=[ast.Subscript()]):
            yield ast.Pass()


def mutants(source: str, letters: set[str]) -> dict[str, str]:
    """Program with one change -> the changed line; each program once, the unchanged one never."""
    tree = ast.parse(source)
    nodes = list(ast.walk(tree))
    names = {n.arg for n in nodes if isinstance(n, ast.arg)} | {
        n.id for n in nodes if isinstance(n, ast.Name) and (isinstance(n.ctx, ast.Store) or n.id in DATA)
    }
    strings = {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)} | letters
    original, found = ast.unparse(tree), {}
    for node, put in list(places(tree)):
        for other in spoiled(node, names, strings):
            put(other)
            program = ast.unparse(tree)
            if program != original:
                found[program] = changed_line(original, program)
        put(node)
    return found


def changed_line(before: str, after: str) -> str:
    lines = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    old, new = (" / ".join(line[2:].strip() for line in lines if line.startswith(sign)) for sign in "-+")
    return f"no {old}" if new == "pass" else new


def handed_in(program: str, name: str, checker: Checker) -> Any:
    """What a learner with this program hands in; None if Python itself refuses it, by an error in the cell or a
    name that is not there, since no checker is needed then."""
    notebook = dict(LESSON)
    try:
        exec(program, notebook)
    except Exception:
        return None
    if isinstance(checker, Function):
        outcomes = (run(notebook[name], case) for case in checker.cases)
        if any(what == "raised" and isinstance(error, NameError) for what, error in outcomes):
            return None
    return notebook[name]


@cache
def tried(number: str) -> tuple[int, list[str]]:
    """The number of mutants of an exercise's solution, and the changed lines of those that its checker accepts."""
    checker, (_, cells) = CHECKERS[number], EXERCISES[number]
    *solution, check = ast.parse(cells[-1].source.replace("solution_", "my_")).body
    letters = {checker.answer, *(letter for letter, _ in checker.wrong)} if isinstance(checker, Choice) else set()
    count, survivors = 0, []
    for program, line in mutants(ast.unparse(ast.Module(solution, [])), letters).items():
        with warnings.catch_warnings(), np.errstate(all="ignore"), contextlib.redirect_stdout(io.StringIO()) as said:
            warnings.simplefilter("ignore")
            attempt = handed_in(program, check.value.args[0].id, checker)
            if attempt is None:
                continue
            checker(attempt)
        count += 1
        if said.getvalue().endswith(" - correct\n"):
            survivors.append(line)
    return count, survivors


def equivalent(number: str) -> list[str]:
    return [line for lines in EQUIVALENT.get(number, {}).values() for line in lines]


@pytest.mark.parametrize("number", EXERCISES)
def test_a_spoiled_solution_is_rejected(number):
    count, survivors = tried(number)
    print(f"{count - len(survivors)} of {count} rejected")
    passes, listed = Counter(survivors), Counter(equivalent(number))
    assert count >= 3
    assert not passes - listed, "passes: the checker needs a better case, or EQUIVALENT a reason"
    assert not listed - passes, "passes no longer: take it out of EQUIVALENT"


if __name__ == "__main__":
    rows = {n: (tried(n)[0], tried(n)[0] - len(tried(n)[1]), len(equivalent(n))) for n in EXERCISES}
    rows["all"] = tuple(map(sum, zip(*rows.values(), strict=True)))
    print("exercise  mutants  rejected  equivalent  share rejected")
    for number, (count, rejected, same) in rows.items():
        print(f"{number:8} {count:8d} {rejected:9d} {same:11d} {rejected / count:15.1%}")
