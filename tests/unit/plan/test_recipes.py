from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hsync.plan.recipes import Recipe, is_recipe, of_key, read_recipe

A, B = Recipe("env:A"), Recipe("file:/run/a b")

PAIRS = [
    (A, "env:A"),
    (B, "file:/run/a%20b"),
    (Recipe("file:~x(1),'%"), "file:%7Ex%281%29%2C%27%25"),
    (Recipe("b64encode", ("joe:", A)), "b64encode('joe:'~env:A)"),
    (Recipe("hash", (A,), ("sha256",)), "hash(env:A,'sha256')"),
    (
        Recipe("quote", (Recipe("b64encode", (A, ":", B)), "é\n'")),
        "quote(b64encode(env:A~':'~file:/run/a%20b)~'%C3%A9%0A%27')",
    ),
    (Recipe("x", ("",)), "x('')"),
    (Recipe("x", ("\udce9",)), "x('%E9')"),
]


@pytest.mark.parametrize(("recipe", "text"), PAIRS)
def test_a_recipe_and_its_text(recipe: Recipe, text: str) -> None:
    assert str(recipe) == text
    assert read_recipe(text) == recipe
    assert of_key(recipe.key) == recipe
    assert is_recipe(recipe.key) == (recipe.parts is not None)


parts = st.recursive(
    st.builds(lambda kind, name: Recipe(f"{kind}:{name}"), st.sampled_from(["env", "file"]), st.text(max_size=8)),
    lambda inner: st.builds(
        Recipe,
        st.sampled_from(["quote", "b64encode", "x_1"]),
        st.lists(st.one_of(inner, st.text(max_size=5)), min_size=1, max_size=3).map(tuple),
        st.lists(st.text(max_size=4), max_size=2).map(tuple),
    ),
    max_leaves=5,
)


@given(parts)
def test_any_recipe_is_read_as_it_was_written(recipe: Recipe) -> None:
    text = str(recipe)
    assert read_recipe(text) == recipe
    assert not set(text) & set(" {}|")


NONE = [
    "",
    "A",
    "quote",
    "quote()",
    "quote(env:A",
    "quote(env:A)x",
    "quote(env:A,env:B)",
    "quote(env:A~)",
    "('a')",
    "env:A b",
    "env:A,'x'",
    "b64(" * 5000,
]


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_recipe_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_recipe(text)


def test_a_value_is_made_of_those_that_it_names() -> None:
    recipe = read_recipe("b('x'~env:A~a(env:B,'1'))")
    made = recipe.value(
        {"env:A": "1", "env:B": "2"}.__getitem__, lambda name, text, arguments: f"{name}<{text}{''.join(arguments)}>"
    )
    assert made == "b<x1a<21>>"
    assert list(recipe.references()) == ["env:A", "env:B"]
