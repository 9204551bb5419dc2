"""A kit: every verb, bound to one set of mounted classes and, where there are tenants, to one tenant."""

from __future__ import annotations

import functools
from typing import Any, Generic, Self, TypeVar

from quizkit.crud._access import AccessCheck
from quizkit.crud._arguments import column_check
from quizkit.crud._verbs import S
from quizkit.crud.assignments import Assignments
from quizkit.crud.attempts import Attempts
from quizkit.crud.banks import Banks
from quizkit.crud.categories import Categories
from quizkit.crud.gradebook import Gradebook
from quizkit.crud.previews import Previews
from quizkit.crud.questions import Questions
from quizkit.crud.quizzes import Quizzes
from quizkit.errors import Misuse, QuizkitError
from quizkit.models import Models

__all__ = ["Quizkit", "Tenants"]

T = TypeVar("T")


class Quizkit(Generic[S]):
    """Everything quizkit can do with your tables. Make one for each set of models, once."""

    def __init__(self, models: Models[S], *, tenant: Any = None, admit: AccessCheck | None = None) -> None:
        """Bind the verbs to your classes; tables with tenants need `Tenants`, which gives this for each of them.

        Args:
            models: your classes.
            tenant: given by `Tenants`.
            admit: your own rule of who may start an attempt, asked before each start; see `AccessRequest`.

        Raises:
            Misuse: `tenant_missing`, `tenant_unknown`.
        """
        self.models = models
        self.tenant = tenant
        self.admit = admit
        self.assignments: Assignments[S] = Assignments(models, tenant=tenant)
        self.attempts: Attempts[S] = Attempts(models, tenant=tenant, admit=admit)
        self.banks: Banks[S] = Banks(models, tenant=tenant)
        self.categories: Categories[S] = Categories(models, tenant=tenant)
        self.gradebook: Gradebook[S] = Gradebook(models, tenant=tenant)
        self.previews: Previews[S] = Previews(models, tenant=tenant)
        self.questions: Questions[S] = Questions(models, tenant=tenant)
        self.quizzes: Quizzes[S] = Quizzes(models, tenant=tenant)

    def of(self, tenant: Any) -> Self:
        """Return this kit for another tenant; `Tenants.of` knows the type of tenants and is the way to call it."""
        other = object.__new__(type(self))
        vars(other).update(vars(self), tenant=tenant)
        other.assignments = self.assignments.of(tenant)
        other.attempts = self.attempts.of(tenant)
        other.banks = self.banks.of(tenant)
        other.categories = self.categories.of(tenant)
        other.gradebook = self.gradebook.of(tenant)
        other.previews = self.previews.of(tenant)
        other.questions = self.questions.of(tenant)
        other.quizzes = self.quizzes.of(tenant)
        return other

    def __reduce__(self) -> tuple[Any, ...]:
        return functools.partial(type(self), self.models, tenant=self.tenant, admit=self.admit), ()


class Tenants(Generic[S, T]):
    """Kits for the tenants of one set of models: `Tenants(models, str).of("acme").quizzes.page(session)`.

    Make it once; `of` is cheap and may be called for each request. Statements and what never changes are shared.
    """

    def __init__(self, models: Models[S], tenant: type[T], *, admit: AccessCheck | None = None) -> None:
        """Bind the classes.

        Args:
            models: your classes, over tables with tenants.
            tenant: the type of a tenant's id, such as `str`, `int` or `uuid.UUID`.
            admit: your own rule of who may start an attempt, the same for every tenant.

        Raises:
            Misuse: `tenant_unknown`: the tables have no tenants.
        """
        if models.config.tenant is None:
            raise Misuse("tenant_unknown", "These tables have no tenants: set TableConfig(tenant=TenantColumn())")
        self._models = models
        self._type = tenant
        self._admit = admit
        self._check = column_check(models.config.tenant.type_)
        self._any: Quizkit[S] | None = None

    def of(self, tenant: T) -> Quizkit[S]:
        """Return the kit of one tenant.

        Raises:
            Misuse: `tenant_type`: this is no id of a tenant.
        """
        if not isinstance(tenant, self._type) or not self._fits(tenant):
            raise Misuse("tenant_type", f"The id of a tenant is {self._type.__name__}, as the column holds it")
        if self._any is None:
            self._any = Quizkit(self._models, tenant=tenant, admit=self._admit)
        return self._any.of(tenant)

    def _fits(self, tenant: T) -> bool:
        try:
            self._check("tenant", tenant)
        except QuizkitError:
            return False
        return True

    def __reduce__(self) -> tuple[Any, ...]:
        return functools.partial(type(self), self._models, self._type, admit=self._admit), ()
