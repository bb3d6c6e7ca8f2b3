"""The pages of the site that are not files of ``docs``: MkDocs calls this module's hooks."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, cast

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from chanx.asyncapi.static_page import INDEX, static_page
from scripts.public_modules import PUBLIC_MODULES

ROOT: Final = Path(__file__).resolve().parent.parent

ELSEWHERE: Final = {
    "benchmarks.md": "benchmarks/README.md",
    "changelog.md": "CHANGELOG.md",
    "contributing.md": "CONTRIBUTING.md",
    "security-policy.md": "SECURITY.md",
}
"""Pages whose texts stand elsewhere in the repository."""

EXAMPLES: Final = {
    "fastapi-chat": "fastapi_chat.main:app",
    "django-chat": "django_chat.asgi:application",
}
"""The documentation pages of the examples, which need no server to be read."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made; what the navigation does not name goes to its guides."""
    for name, source in ELSEWHERE.items():
        text = (ROOT / source).read_text("utf-8")
        files.append(File.generated(config, name, content=links_from_docs(text)))
    for name, application in EXAMPLES.items():
        for file, content in documentation_page(name, application).items():
            files.append(File.generated(config, f"examples/{file}", content=content))
    nav = cast("list[dict[str, Any]]", config["nav"])
    sections = {title: part for entry in nav for title, part in entry.items()}
    for distribution, modules in PUBLIC_MODULES.items():
        pages = [{module: f"reference/{module}.md"} for module in modules]
        sections["Reference"].append({distribution: pages})
        for module in modules:
            text = f"# `{module}` {{ #{module} }}\n\n::: {module}\n"
            files.append(File.generated(config, f"reference/{module}.md", content=text))
    named = set(paths_of(nav))
    others = (file.src_uri for file in files.documentation_pages() if file.src_uri not in named)
    sections["Guides"].extend(sorted(others))
    return files


def documentation_page(name: str, application: str) -> dict[str, bytes]:
    """The page of an example, with all that it needs within it, and its document."""
    command = [sys.executable, "-m", "chanx.cli", "asyncapi", "generate", application]
    done = subprocess.run(command, cwd=ROOT / "examples", capture_output=True, check=True)
    files = static_page({name: json.loads(done.stdout)})
    return {f"{name}.html": files.pop(INDEX), **files}


def paths_of(part: Any) -> Iterator[str]:
    """The paths that a part of the navigation names."""
    if isinstance(part, str):
        yield part
    else:
        inner: Any
        for inner in getattr(part, "values", lambda: part)():
            yield from paths_of(inner)


def links_from_docs(text: str) -> str:
    """A text of the repository's root with its links as they are from ``docs``."""
    return re.sub(r"\]\(docs/", "](", text)
