"""Pydantic models as a generator of clients makes them of an OpenAPI document."""

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from datamodel_code_generator import InputFileType, generate
from datamodel_code_generator.enums import DataModelType


@contextmanager
def generated_models(document: str, path: Path) -> Iterator[ModuleType]:
    """Write the models of a document to a file, and give the module while it is needed."""
    generate(
        document,
        input_file_type=InputFileType.OpenAPI,
        output=path,
        output_model_type=DataModelType.PydanticV2BaseModel,
        formatters=[],
    )
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[path.stem] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    del sys.modules[path.stem]
