"""Templates to pages; values are escaped unless they are Markup."""

import json
from functools import cache

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined


@cache
def templates() -> Environment:
    """The templates of the package."""
    found = Environment(
        loader=PackageLoader("assistant.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["fromjson"] = json.loads
    return found


def page(template: str, /, **values: object) -> HTMLResponse:
    """A rendered template."""
    return HTMLResponse(templates().get_template(template).render(**values))
