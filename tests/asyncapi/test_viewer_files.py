"""Modules made one script: what cannot be is refused, by its name."""

from pathlib import Path

import pytest

from chanx.asyncapi.viewer_files import bundle


def written(folder: Path, **modules: str) -> Path:
    for name, text in modules.items():
        (folder / f"{name}.js").write_text(text, "utf-8")
    return folder


def test_modules_come_before_those_that_import_them(tmp_path: Path) -> None:
    folder = written(
        tmp_path,
        main='import { two } from "./two.js";\nimport { one } from "./one.js";\none(two);\n',
        two='import { one } from "./one.js";\nexport const two = one();\n',
        one="export function one() {}\n",
    )
    script = bundle(folder, "main")
    places = [script.index(f"const module_{name} =") for name in ("one", "two", "main")]
    assert places == sorted(places)
    assert script.count("const module_one") == 1
    assert "import" not in script
    assert "export" not in script


@pytest.mark.parametrize(
    "line",
    [
        "import './one.js';",
        "import one from './one.js';",
        "import { one } from './one.js';",
        'import * as one from "./one.js";',
        'import { one } from "./one.js"',
        'import { one } from "../one.js";',
        'import {\n  one,\n} from "one";',
        '  import { one } from "./one.js";',
        'const one = await import("./one.js");',
        "console.log(import.meta.url);",
        "export default 1;",
        "export { one };",
        'export { one } from "./one.js";',
        'export * from "./one.js";',
        "export let one = 1;",
    ],
)
def test_an_import_or_export_that_would_survive_is_refused(tmp_path: Path, line: str) -> None:
    folder = written(tmp_path, main=f"const before = 1;\n{line}\n", one="export const one = 1;\n")
    with pytest.raises(ValueError, match=r"main\.js has .*cannot be bundled"):
        bundle(folder, "main")


def test_a_circle_is_refused(tmp_path: Path) -> None:
    folder = written(
        tmp_path,
        main='import { one } from "./one.js";\n',
        one='import { two } from "./two.js";\nexport const one = 1;\n',
        two='import { one } from "./one.js";\nexport const two = 2;\n',
    )
    with pytest.raises(ValueError, match="one imports two imports one"):
        bundle(folder, "main")


def test_words_that_begin_so_are_no_imports(tmp_path: Path) -> None:
    folder = written(tmp_path, main="const a = { export: 1 };\nimportant(a.export);\n")
    assert "important(a.export);" in bundle(folder, "main")
