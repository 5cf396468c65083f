"""The API for programs below `/api/v1`: it reads, and changes nothing. Its document is at `/schema`."""

from __future__ import annotations

from litestar import Router

from runtime.routes import api_live, api_plan
from runtime.routes.parameters import refuse_unknown

ROUTER = Router(
    "/api/v1", route_handlers=[*api_plan.HANDLERS, *api_live.HANDLERS], guards=[refuse_unknown], tags=["api"]
)
