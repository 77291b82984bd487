"""graphql-codegen makes types of schema.graphql and of the page's operations, and TypeScript's compiler takes them."""

import shutil

from support.npm import CLIENTS, Workshop
from support.pages.api_page import documents
from support.processes import ROOT


def test_the_types_that_are_generated_compile_and_are_exact(workshop: Workshop) -> None:
    for path in (ROOT / "schema.graphql", CLIENTS / "codegen.json", CLIENTS / "typed.ts"):
        shutil.copy(path, workshop.folder)
    (workshop.folder / "documents.graphql").write_text("\n".join(dict.fromkeys(documents())))
    workshop.tool("graphql-codegen", "--config", "codegen.json")
    workshop.tool("tsc", "--noEmit")
