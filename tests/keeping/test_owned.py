"""Every table is one whose rows belong to an owner, and then it is exported and forgotten, or it is said why not."""

from collections.abc import Iterable
from typing import Any

from tortoise import fields
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.models import Model

from perennial.db import models
from perennial.keeping.forgetting import _ORDER
from perennial.keeping.owned import NOT_OWNED, OWNED, OWNER

MODELS = [one for name, one in vars(models).items() if name in models.__all__]
# Columns that are secrets by their names, and those that only sound like it.
SECRET, HARMLESS = (
    ("token", "encrypted", "secret", "fingerprint"),
    {
        "token_expires_at",
        "tokens_version",
        "tokens_time",
    },
)


def fields_of(model: type[Model]) -> dict[str, Any]:
    return model._meta.fields_map


def left_out(all_models: Iterable[type[Model]]) -> list[str]:
    """What is wrong with the lists for these tables."""
    owned = {table.model: table for table in OWNED}
    children = {child.model: child for table in OWNED for child in table.children}
    wrong = []
    for model in all_models:
        keys = [one for one in fields_of(model).values() if isinstance(one, ForeignKeyFieldInstance)]
        has_owner = OWNER in fields_of(model)
        is_owned = has_owner or bool(keys)
        if is_owned and model in NOT_OWNED:
            wrong.append(f"{model.__name__} is said to have no owner")
        if has_owner and model not in owned and model not in children:  # a child may say its parent's owner too
            wrong.append(f"{model.__name__} has an owner and is not in OWNED")
        if keys and not has_owner and model not in children:
            wrong.append(f"{model.__name__} belongs to another table and is nobody's child in OWNED")
        if not is_owned and model not in NOT_OWNED:
            wrong.append(f"{model.__name__} is in no list")
    return wrong


def test_no_table_is_left_out() -> None:
    assert left_out(MODELS) == []
    assert {one._meta.db_table for one in MODELS} >= {"posts", "publications", "recurring_queues", "connected_accounts"}


class Webhook(Model):
    """A table that somebody adds, with an owner."""

    id = fields.UUIDField(primary_key=True)
    clerk_user_id = fields.CharField(max_length=255)


class Delivery(Model):
    """And one whose rows belong to those."""

    id = fields.UUIDField(primary_key=True)
    webhook: Any = fields.ForeignKeyField("models.Webhook", on_delete=fields.CASCADE)


class Weather(Model):
    """And one that is nobody's."""

    id = fields.UUIDField(primary_key=True)


def test_one_that_is_left_out_is_found() -> None:
    assert left_out([*MODELS, Webhook, Delivery, Weather]) == [
        "Webhook has an owner and is not in OWNED",
        "Delivery belongs to another table and is nobody's child in OWNED",
        "Weather is in no list",
    ]


def test_a_child_goes_with_its_parent_and_its_rows_have_an_order() -> None:
    for table in OWNED:
        for child in table.children:
            keys = [one for one in fields_of(child.model).values() if isinstance(one, ForeignKeyFieldInstance)]
            assert child.parent in [key.source_field or f"{key.model_field_name}_id" for key in keys]
            assert {key.on_delete for key in keys} == {fields.CASCADE}
            assert (child.parent, child.order) in child.model._meta.unique_together


def test_all_that_are_owned_are_forgotten() -> None:
    assert {table.model for table in OWNED} == set(_ORDER)


def test_an_owners_rows_have_an_order_and_an_index_in_it() -> None:
    for table in OWNED:
        meta, wanted = table.model._meta, (OWNER, *table.key)
        indexes = [*meta.unique_together, *(tuple(one.fields) for one in meta.indexes if not one.extra)]
        assert wanted in indexes, table.kind
        assert "id" in table.key or wanted in meta.unique_together, table.kind


def test_columns_with_secrets_are_never_shown() -> None:
    for table in OWNED:
        for model, secrets in [(table.model, table.secrets), *((child.model, set()) for child in table.children)]:
            suspicious = {name for name in fields_of(model) if any(word in name for word in SECRET)} - HARMLESS
            assert suspicious == secrets, model
