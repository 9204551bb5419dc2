"""A kit: every verb, bound to one set of mounted classes and, with tenants, to one tenant."""

from __future__ import annotations

import functools
from dataclasses import fields
from typing import Any, Generic, Self, TypeVar

from quizkit.crud._core.context import Context, S, context_of, tenants_unknown
from quizkit.crud.assignments import Assignments
from quizkit.crud.attempts import Attempts
from quizkit.crud.attempts.access_check import AccessCheck
from quizkit.crud.banks import Banks
from quizkit.crud.categories import Categories
from quizkit.crud.gradebook import Gradebook
from quizkit.crud.previews import Previews
from quizkit.crud.questions import Questions
from quizkit.crud.quizzes import Quizzes
from quizkit.crud.supervision import Supervision
from quizkit.errors import UsageError
from quizkit.models import Models
from quizkit.models._references import check_references

__all__ = ["Quizkit", "Tenants"]

T = TypeVar("T")


class Quizkit(Generic[S]):
    """Every verb of quizkit, bound to your tables. Create one for each set of models, once."""

    def __init__(
        self, models: Models[S] | Context[S], *, tenant: Any = None, admit: AccessCheck[S] | None = None
    ) -> None:
        """Bind the verbs to your classes. If the tables have tenants, use `Tenants`, which creates a kit per tenant.

        Args:
            models: your classes.
            tenant: the tenant; set by `Tenants`.
            admit: your own check of who may start an attempt, called before each start; see `AccessRequest`.

        Raises:
            UsageError: `tenant_missing`, `tenant_unknown`, `tenant_type`, `context_options`; `references_key`.
        """
        if isinstance(models, Models):
            _check_references(models)
        context = context_of(models, tenant=tenant, admit=admit)
        self._context = context
        self.models = context.models
        self.tenant = context.tenant
        self.admit = context.admit
        self.assignments: Assignments[S] = Assignments(context)
        self.attempts: Attempts[S] = Attempts(context)
        self.banks: Banks[S] = Banks(context)
        self.categories: Categories[S] = Categories(context)
        self.gradebook: Gradebook[S] = Gradebook(context)
        self.previews: Previews[S] = Previews(context)
        self.questions: Questions[S] = Questions(context)
        self.quizzes: Quizzes[S] = Quizzes(context)
        self.supervision: Supervision[S] = Supervision(context)

    def of(self, tenant: Any) -> Self:
        """Return this kit for another tenant. Prefer `Tenants.of`, which knows the type of tenant ids.

        Raises:
            UsageError: `tenant_missing`, `tenant_unknown`, `tenant_type`.
        """
        return type(self)(self._context.of(tenant))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._context,)


class Tenants(Generic[S, T]):
    """Kits for the tenants of one set of models: `Tenants(models, str).of("acme").quizzes.page(session)`.

    Create it once. `of` is cheap and can be called for each request: all tenants share statements and caches.
    """

    def __init__(self, models: Models[S], tenant: type[T], *, admit: AccessCheck[S] | None = None) -> None:
        """Bind the classes.

        Args:
            models: your classes, over tables with tenants.
            tenant: the type of a tenant's id, such as `str`, `int` or `uuid.UUID`.
            admit: your own check of who may start an attempt, the same for every tenant.

        Raises:
            UsageError: `tenant_unknown`: the tables have no tenants; `references_key`.
        """
        _check_references(models)
        if models.config.tenant is None:
            raise tenants_unknown()
        self.models = models
        self._type = tenant
        self._admit = admit
        self._any: Quizkit[S] | None = None

    def of(self, tenant: T) -> Quizkit[S]:
        """Return the kit of one tenant.

        Raises:
            UsageError: `tenant_type`: the value is not of the type of tenant ids, or does not fit its column.
        """
        if not isinstance(tenant, self._type):
            raise UsageError("tenant_type", f"A tenant id must be a {self._type.__name__} that fits its column")
        if self._any is None:
            self._any = Quizkit(self.models, tenant=tenant, admit=self._admit)
        return self._any.of(tenant)

    def __reduce__(self) -> tuple[Any, ...]:
        return functools.partial(type(self), self.models, self._type, admit=self._admit), ()


def _check_references(models: Models[Any]) -> None:
    # The host may have defined its users after the mount.
    for field in fields(models):
        check_references(models.table(getattr(models, field.name)), models.config)
