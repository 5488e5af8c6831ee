"""The page ``/docs``, served by this hub alone, with a policy that allows nothing else."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse

from iot_hub.api import content_security_policy

ASSETS = "/docs/assets"


def serve_page(app: FastAPI) -> None:
    """Add the page to an application that already serves its assets."""
    page = get_swagger_ui_html(
        openapi_url=str(app.openapi_url),
        title=app.title,
        swagger_js_url=f"{ASSETS}/swagger-ui-bundle.js",
        swagger_css_url=f"{ASSETS}/swagger-ui.css",
        swagger_favicon_url=f"{ASSETS}/favicon.png",
        swagger_ui_parameters=app.swagger_ui_parameters,
    )
    text = bytes(page.body).decode()
    headers = {"content-security-policy": content_security_policy.documentation(text)}

    @app.get("/docs", include_in_schema=False)
    async def documentation() -> HTMLResponse:
        return HTMLResponse(text, headers=headers)
