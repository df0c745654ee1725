"""Who asks, and what that allows. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

ROLES = ("learner", "reviewer", "maintainer")
SCOPES = ("ask", "metrics", "records")
Kind = Literal["anonymous", "widget", "key", "person"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever sent a request: a program with a key, a page with a token, a person, or nobody known.

    ``name`` is the id of a key, the origin of a page, or the name of a person.
    """

    kind: Kind
    name: str = ""
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()

    def may(self, scope: str) -> bool:
        """Whether a key or a role opens what is never open to all."""
        if self.kind == "key":
            return scope in self.scopes
        return "maintainer" in self.roles

    def is_a(self, role: str) -> bool:
        """Whether the person has a role; a maintainer may all that a reviewer may."""
        return role in self.roles or "maintainer" in self.roles


ANONYMOUS = Caller("anonymous")


def may_ask(caller: Caller, access: str) -> bool:
    """Whether a question is answered: ``open`` to all; ``widget`` not to the unknown, but to pages
    of allowed sites; ``closed`` only to keys and people who signed in."""
    if caller.kind == "key":
        return "ask" in caller.scopes
    allowed = {"open": ("anonymous", "widget", "person"), "widget": ("widget", "person")}
    return caller.kind in allowed.get(access, ("person",))


def roles(
    name: str, claimed: Collection[str], reviewers: Collection[str], maintainers: Collection[str]
) -> frozenset[str]:
    """The roles of a person: those that the sign-in claims, and those that the settings give."""
    given = {role for role in ROLES if role in claimed} | {"learner"}
    if name in reviewers:
        given.add("reviewer")
    if name in maintainers:
        given.add("maintainer")
    return frozenset(given)
