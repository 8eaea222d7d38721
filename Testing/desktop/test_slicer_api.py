"""Module and `.ui` files use only what the widgets of Slicer have."""

from __future__ import annotations

import ast
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import qt
import slicer

from Testing.desktop.slicer_api import API_FILE, WidgetApi, read_api
from Testing.desktop.slicer_desktop import MODULE_FOLDER
from Testing.desktop.slicer_widgets import WIDGETS

_LIVING: list[Any] = []
UI_FILES = sorted((MODULE_FOLDER / "Resources" / "UI").glob("*.ui"))
SCENE_SIGNAL, SCENE_SLOT = "mrmlSceneChanged(vtkMRMLScene*)", "setMRMLScene(vtkMRMLScene*)"
# set by the loader of .ui files, or dynamic
OTHER_PROPERTIES = {"SlicerParameterName", "buddy"}


def plain_base(class_name: str) -> type:
    """The nearest class of plain Qt."""
    cls = WIDGETS.get(class_name) or getattr(qt, class_name)
    return next(base for base in cls.__mro__ if base.__module__.startswith("PySide6"))


@cache
def meta_object(class_name: str) -> Any:
    """Of a living widget: that of a class may be gone once widgets of the class were deleted."""
    widget = (WIDGETS.get(class_name) or getattr(qt, class_name))()
    widget.hide()
    _LIVING.append(widget)
    return widget.metaObject()


def has_property(class_name: str, name: str, api: dict[str, WidgetApi]) -> bool:
    known = class_name in api and name in api[class_name].properties
    return known or meta_object(class_name).indexOfProperty(name) >= 0


def has_signal(class_name: str, signature: str, api: dict[str, WidgetApi]) -> bool:
    known = class_name in api and signature in api[class_name].signals
    return known or meta_object(class_name).indexOfSignal(signature) >= 0


def has_method(class_name: str, name: str, api: dict[str, WidgetApi]) -> bool:
    known = class_name in api and name in api[class_name].methods
    return known or callable(getattr(plain_base(class_name), name, None))


@pytest.fixture(scope="module")
def api() -> dict[str, WidgetApi]:
    """The list of Slicer's widgets."""
    if not API_FILE.exists():
        pytest.skip(f"no list of Slicer's widgets at {API_FILE} (set DUONCO_SLICER_API)")
    return read_api()


def widgets_of(path: Path) -> dict[str, ElementTree.Element]:
    return {widget.attrib["name"]: widget for widget in ElementTree.parse(path).iter("widget")}


class Use(NamedTuple):
    """A widget that the code uses."""

    source: str
    class_name: str
    name: str
    what: str


def uses(pattern: str) -> Iterator[Use]:
    """Where the sections and the module use their widgets: `pattern` follows `ui.NAME`."""
    for source in sorted(MODULE_FOLDER.rglob("*.py")):
        text = source.read_text(encoding="utf-8")
        match = re.search(r'UI = "(\w+)\.ui"', text)
        ui_file = f"{match[1]}.ui" if match else "DuOncoUnity.ui" if source.parent == MODULE_FOLDER else None
        if ui_file is None:
            continue
        widgets = widgets_of(MODULE_FOLDER / "Resources" / "UI" / ui_file)
        for name, what in re.findall(r"\b(?:self\.|(?<![.\w]))ui\.(\w+)" + pattern, text):
            assert name in widgets, f"{source.name}: {ui_file} has no {name}"
            yield Use(source.name, widgets[name].attrib["class"], name, what)


@pytest.mark.parametrize("path", UI_FILES, ids=lambda path: path.name)
def test_ui_files_set_properties_that_exist(path: Path, api: dict[str, WidgetApi]) -> None:
    for name, widget in widgets_of(path).items():
        for item in widget.findall("property"):
            known = item.attrib["name"] in OTHER_PROPERTIES
            assert known or has_property(widget.attrib["class"], item.attrib["name"], api), (
                f"{name}: {widget.attrib['class']} has no {item.attrib['name']}")


def test_the_code_connects_signals_that_exist(api: dict[str, WidgetApi]) -> None:
    for use in uses(r'\.connect\(\s*"([^"]+)"'):
        assert has_signal(use.class_name, use.what, api), use


def test_the_code_sets_and_reads_properties_that_exist(api: dict[str, WidgetApi]) -> None:
    for use in uses(r"\.(\w+)\b(?!\()"):
        assert has_property(use.class_name, use.what, api), use


def test_the_code_calls_methods_that_exist(api: dict[str, WidgetApi]) -> None:
    for use in uses(r"\.(\w+)\("):
        assert has_method(use.class_name, use.what, api) and not has_property(use.class_name, use.what, api), use


def calls_of_util() -> Iterator[tuple[str, str, ast.Call]]:
    """Where module and library call a function of slicer.util: file, name and call."""
    scene = MODULE_FOLDER.parent / "DuOncoUnityLib" / "scene"
    for source in sorted([*MODULE_FOLDER.rglob("*.py"), *scene.glob("*.py")]):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("slicer.util."):
                yield source.name, ast.unparse(node.func).removeprefix("slicer.util."), node


def test_functions_of_slicer_util_are_called_as_slicer_has_them() -> None:
    """slicer-core brings Slicer's own util.py."""
    tree = ast.parse(Path(slicer.util.__file__).read_text(encoding="utf-8"))
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    classes = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    called = list(calls_of_util())
    assert len(called) > 20
    for source, name, call in called:
        if name in classes:
            continue
        arguments = functions[name].args
        known = {argument.arg for argument in (*arguments.args, *arguments.kwonlyargs)}
        assert len(call.args) <= len(arguments.args) or arguments.vararg, f"{source}: {name}"
        assert {keyword.arg for keyword in call.keywords} <= known or arguments.kwarg, f"{source}: {name}"


def test_stand_ins_have_no_name_that_slicer_lacks(api: dict[str, WidgetApi]) -> None:
    for name, stand_in in WIDGETS.items():
        own = {attribute for cls in stand_in.__mro__ if cls.__module__.endswith("slicer_widgets")
               for attribute in vars(cls) if not attribute.startswith("_")}
        allowed = api[name].properties | api[name].methods | {signal.split("(")[0] for signal in api[name].signals}
        own -= {"IS_STAND_IN", "staticMetaObject", "signal", "rowsSelected"}
        own -= set(dir(plain_base(name)))
        assert own <= allowed, f"{name}: {own - allowed}"


@pytest.mark.parametrize("path", UI_FILES, ids=lambda path: path.name)
def test_ui_files_declare_their_custom_widgets(path: Path) -> None:
    declared = {item.findtext("class") for item in ElementTree.parse(path).iter("customwidget")}
    used = {widget.attrib["class"] for widget in widgets_of(path).values()}
    assert {name for name in used if name.startswith(("qMRML", "ctk", "qSlicer"))} == declared


@pytest.mark.parametrize("path", UI_FILES, ids=lambda path: path.name)
def test_widgets_with_a_scene_are_connected_to_it(path: Path) -> None:
    root = next(iter(widgets_of(path)))
    assert root == path.stem
    connections = {tuple(item.findtext(part) for part in ("sender", "signal", "receiver", "slot"))
                   for item in ElementTree.parse(path).iter("connection")}
    expected: set[tuple[Any, ...]] = {(root, SCENE_SIGNAL, name, SCENE_SLOT)
                                      for name, widget in widgets_of(path).items() if name != root
                                      and hasattr(WIDGETS.get(widget.attrib["class"]), "setMRMLScene")}
    assert connections == expected


def test_every_section_has_its_own_ui_file() -> None:
    used = re.findall(r'UI = "(\w+\.ui)"', "".join(path.read_text() for path in MODULE_FOLDER.rglob("*.py")))
    assert sorted([*used, "DuOncoUnity.ui"]) == [path.name for path in UI_FILES]
