"""The module file and its .ui file, as far as they can be judged without the desktop application."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import textwrap
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
MODULE = REPOSITORY / "DuOncoUnity" / "DuOncoUnity.py"
UI = REPOSITORY / "DuOncoUnity" / "Resources" / "UI" / "DuOncoUnity.ui"
SOURCES = sorted((REPOSITORY / "DuOncoUnity").rglob("*.py"))

# what the widgets of Slicer 5.12 answer to, of what the panel uses: properties, signals, slots
WIDGET = {"geometry", "enabled", "visible", "toolTip", "minimumSize"}
API = {
    "qMRMLWidget": (WIDGET, {"mrmlSceneChanged(vtkMRMLScene*)"}, set()),
    "QLabel": (WIDGET | {"text", "wordWrap"}, set(), set()),
    "QPushButton": (WIDGET | {"text"}, {"clicked(bool)"}, set()),
    "QProgressBar": (WIDGET | {"maximum", "value"}, set(), set()),
    "ctkCollapsibleButton": (WIDGET | {"text", "collapsed"}, {"contentsCollapsed(bool)"}, set()),
    "qMRMLNodeComboBox": (WIDGET | {"nodeTypes", "showChildNodeTypes", "noneEnabled", "noneDisplay", "addEnabled",
                                    "removeEnabled"},
                          {"currentNodeChanged(vtkMRMLNode*)"}, {"setMRMLScene(vtkMRMLScene*)"}),
    "qMRMLTableView": (WIDGET | {"selectionMode", "selectionBehavior"},
                       {"selectionChanged()"}, {"setMRMLScene(vtkMRMLScene*)"}),
}


@pytest.fixture(scope="module")
def widgets() -> dict[str, ElementTree.Element]:
    """The widgets of the .ui file by name."""
    return {widget.attrib["name"]: widget for widget in ElementTree.parse(UI).iter("widget")}


def test_widgets_have_the_properties_that_are_set(widgets: dict[str, ElementTree.Element]) -> None:
    for name, widget in widgets.items():
        properties, _signals, _slots = API[widget.attrib["class"]]
        for item in widget.findall("property"):
            if item.attrib.get("stdset") != "0":  # a dynamic property, such as SlicerParameterName
                assert item.attrib["name"] in properties, f"{name}.{item.attrib['name']}"


def test_custom_widgets_are_declared(widgets: dict[str, ElementTree.Element]) -> None:
    declared = {item.findtext("class") for item in ElementTree.parse(UI).iter("customwidget")}
    used = {widget.attrib["class"] for widget in widgets.values()}
    assert {name for name in used if name.startswith(("qMRML", "ctk"))} == declared


def test_widgets_with_a_scene_are_connected_to_it(widgets: dict[str, ElementTree.Element]) -> None:
    connections = {(item.findtext("sender"), item.findtext("signal"), item.findtext("receiver"), item.findtext("slot"))
                   for item in ElementTree.parse(UI).iter("connection")}
    signal, slot = "mrmlSceneChanged(vtkMRMLScene*)", "setMRMLScene(vtkMRMLScene*)"
    expected = {("DuOncoUnity", signal, name, slot) for name, widget in widgets.items()
                if slot in API[widget.attrib["class"]][2]}
    assert connections == expected


def test_the_code_uses_widgets_properties_and_signals_that_exist(widgets: dict[str, ElementTree.Element]) -> None:
    code = "".join(source.read_text() for source in SOURCES)
    for name, signal in re.findall(r'self\.ui\.(\w+)\.connect\("([^"]+)"', code):
        assert signal in API[widgets[name].attrib["class"]][1], f"{name}.{signal}"
    for name, attribute in re.findall(r"(?:self|widget)\.ui\.(\w+)\.(\w+) = ", code):
        assert attribute in API[widgets[name].attrib["class"]][0], f"{name}.{attribute}"
    for name in re.findall(r"(?:self|widget)\.ui\.(\w+)", code):
        assert name in widgets


def test_parameters_are_bound_to_widgets(widgets: dict[str, ElementTree.Element]) -> None:
    bound = {item.findtext("string") for widget in widgets.values() for item in widget.findall("property")
             if item.attrib["name"] == "SlicerParameterName"}
    parameters = next(node for node in ast.walk(ast.parse(MODULE.read_text()))
                      if isinstance(node, ast.ClassDef) and node.name == "DuOncoUnityParameterNode")
    assert bound == {item.target.id for item in parameters.body
                     if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)}


def test_the_disclaimer_is_on_the_panel(widgets: dict[str, ElementTree.Element]) -> None:
    assert widgets["disclaimerLabel"].findtext("property[@name='text']/string") == (
        "Research use only. Not a medical device.")


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_texts_are_translatable(source: Path) -> None:
    """lupdate finds plain texts only: numbers are filled in after the translation."""
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
            assert isinstance(node.args[0], ast.Constant), f"{source.name}:{node.lineno}"


def test_the_module_loads_at_the_start_of_slicer() -> None:
    """Without any package that Slicer does not bring, without the classes of modules that may be loaded later, and
    from a plain checkout, where only the module's own folder is known to Python."""
    program = textwrap.dedent("""
        import sys
        from types import ModuleType
        import slicer
        for name in dir(slicer):
            if "Segment" in name or "Markups" in name or name.startswith("vtkSlicer"):
                delattr(slicer, name)
        for name in ("torch", "monai", "matplotlib", "slicerio", "skimage", "pandas", "nrrd"):
            sys.modules[name] = None
        def stand_in(name, **content):
            sys.modules[name] = ModuleType(name)
            vars(sys.modules[name]).update(content)
        base = type("Base", (), {})
        stand_in("qt")
        stand_in("slicer.i18n", tr=str, translate=lambda context, text: text)
        stand_in("slicer.parameterNodeWrapper", parameterNodeWrapper=lambda cls: cls)
        stand_in("slicer.ScriptedLoadableModule", **{"ScriptedLoadableModule" + part: type(part, (base,), {})
                                                     for part in ("", "Widget", "Logic", "Test")})
        import DuOncoUnity
        print(DuOncoUnity.DuOncoUnityLib.__file__)
    """)
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd="/",
                         env={"PYTHONPATH": str(MODULE.parent)})
    assert run.returncode == 0, run.stderr
    assert Path(run.stdout.strip()).parent == REPOSITORY / "DuOncoUnityLib"
