"""The login's pages: plain HTML without scripts and without requests to other hosts."""

from __future__ import annotations

import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files

from iot_hub.access.login.password import LONGEST_BYTES, SHORTEST

_COMMAND = "<code>iot-hub password</code>"


@cache
def _texts() -> dict[str, dict[str, str]]:
    return tomllib.loads((files("iot_hub.access.login") / "texts.toml").read_text(encoding="utf-8"))


@cache
def _template() -> string.Template:
    return string.Template((files("iot_hub.access.login") / "page.template").read_text(encoding="utf-8"))


def language(setting: str, headers: Mapping[str, str]) -> str:
    """Return the hub's language, else the first of the browser's that the pages have, else English."""
    asked = (part.strip()[:2].lower() for part in headers.get("accept-language", "").split(","))
    return next((one for one in (setting, *asked) if one in _texts()), "en")


@dataclass(frozen=True)
class Page:
    """The pages in one language."""

    language: str

    def text(self, key: str, **values: object) -> str:
        """Return a text, without markup."""
        return _texts()[self.language][key].format(shortest=SHORTEST, longest=LONGEST_BYTES, **values)

    def login(self, onward: str, alarm: str = "") -> str:
        """Render the form for the password."""
        form = self._form("/login", "login", self._field("password", "current-password"), onward)
        return self._page("login", _alarm(alarm) + form + self._small("forgotten", _COMMAND))

    def choose(self, onward: str, alarm: str = "") -> str:
        """Render the form for the one-time code and the first password, twice."""
        why = f"<p>{escape(self.text('choose_why'))}</p>"
        fields = self._code() + self._field("password", "new-password") + self._field("again", "new-password")
        return self._page("choose", why + _alarm(alarm) + self._form("/login", "choose", fields, onward))

    def elsewhere(self) -> str:
        """Render the page that explains where the first password can be chosen."""
        return self._page("elsewhere", f"<p>{escape(self.text('elsewhere_help'))} {_COMMAND}</p>")

    def logout(self) -> str:
        """Render the button that logs out."""
        return self._page(
            "logout", f"<p>{escape(self.text('logout_help'))}</p>" + self._form("/logout", "logout", "", "/")
        )

    def _page(self, title: str, content: str) -> str:
        return _template().substitute(language=self.language, title=escape(self.text(title)), content=content)

    def _form(self, action: str, button: str, fields: str, onward: str) -> str:
        hidden = f'<input type="hidden" name="next" value="{escape(onward)}">'
        return (
            f'<form method="post" action="{action}">{hidden}{fields}<button>{escape(self.text(button))}</button></form>'
        )

    def _field(self, name: str, kind: str) -> str:
        focus = " autofocus" if kind == "current-password" else ""
        shortest = f' minlength="{SHORTEST}"' if kind == "new-password" else ""
        return (
            f'<label>{escape(self.text(name))}<input type="password" name="{name}" autocomplete="{kind}"'
            f" required{shortest}{focus}></label>"
        )

    def _code(self) -> str:
        return (
            f'<label>{escape(self.text("code"))}<input type="text" name="code" autocomplete="off"'
            ' autocapitalize="characters" spellcheck="false" required autofocus aria-describedby="code-help"></label>'
            f'<p class="help" id="code-help">{escape(self.text("code_help"))} <code>log/first-visit-code</code></p>'
        )

    def _small(self, key: str, after: str) -> str:
        return f'<p class="small">{escape(self.text(key))} {after}</p>'


def _alarm(text: str) -> str:
    return f'<p class="alarm" role="alert">{escape(text)}</p>' if text else ""
