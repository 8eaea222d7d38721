"""PythonQt's dialect on PySide6, so that the module's own code runs in real Qt.

What the module may write in Slicer, and what this makes of it:

    widget.text = "..."                   Qt properties are attributes; a name that the class does not have is an error
    button.connect("clicked(bool)", f)    signals by their C++ signature; a signature that the class does not have is an
                                          error; f gets as many arguments as the signature says
    widget.name                           the object name
    import qt                             one module with the classes of QtCore, QtGui, QtWidgets and QUiLoader
    qt.QUiLoader().load(qt.QFile(path))   custom widgets and <connections> work with the stand-ins of `slicer_widgets`
"""

from __future__ import annotations

import inspect
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from types import ModuleType
from typing import Any, ClassVar

from PySide6 import QtCore, QtGui, QtUiTools, QtWidgets

# left as methods: the static one is one in PythonQt, too; Qt itself calls the others, and would call the attribute
_NOT_ATTRIBUTES = {"singleShot", "sizeHint", "minimumSizeHint"}


def qt_module(custom_widgets: dict[str, type[QtWidgets.QWidget]]) -> ModuleType:
    """The module `qt`; makes PySide6 speak the dialect for the rest of the process.

    Args:
        custom_widgets: classes that `.ui` files may name beside those of Qt.
    """
    module = ModuleType("qt")
    for source in (QtCore, QtGui, QtWidgets):
        for name in dir(source):
            if name.startswith("Q"):
                setattr(module, name, getattr(source, name))
    for value in list(vars(module).values()):
        if inspect.isclass(value) and issubclass(value, QtCore.QObject):
            _properties_as_attributes(value)
    QtCore.QObject.name = property(lambda self: self.objectName, lambda self, name: self.setObjectName(name))
    QtCore.QObject.className = lambda self: self.metaObject().className()
    QtCore.QObject.__getattribute__ = _get_attribute
    QtCore.QObject.__setattr__ = _set_attribute
    module.QUiLoader = type("QUiLoader", (_UiLoader,), {"CUSTOM_WIDGETS": custom_widgets})
    return module


def _properties_as_attributes(cls: type[QtCore.QObject]) -> None:
    meta = cls.staticMetaObject
    for index in range(meta.propertyOffset(), meta.propertyCount()):
        name = meta.property(index).name()
        if name not in _NOT_ATTRIBUTES:
            setattr(cls, name, property(lambda self, name=name: self.property(name),
                                        lambda self, value, name=name: self.setProperty(name, value)))


_pyside_attribute = QtCore.QObject.__getattribute__


def _get_attribute(self: QtCore.QObject, name: str) -> Any:
    # PySide6 gives its own `connect` whatever the class says
    if name == "connect":
        return connect.__get__(self)
    if name == "disconnect":
        return disconnect.__get__(self)
    return _pyside_attribute(self, name)


def _set_attribute(self: QtCore.QObject, name: str, value: object) -> None:
    is_wrapped = type(self).__module__.startswith("PySide6") or getattr(type(self), "IS_STAND_IN", False)
    if is_wrapped and not name.startswith("_") and not hasattr(type(self), name):
        raise AttributeError(f"{type(self).__name__} has no property {name}")
    object.__setattr__(self, name, value)


def connect(self: QtCore.QObject, signature: str, receiver: Callable[..., object]) -> bool:
    """`QObject.connect` as PythonQt has it."""
    name, arguments = signature.rstrip(")").split("(")
    count = len(arguments.split(",")) if arguments else 0
    signal = self.signal(signature) if hasattr(self, "signal") else None
    if signal is None:
        if self.metaObject().indexOfSignal(signature) < 0:
            raise ValueError(f"{type(self).__name__} has no signal {signature}")
        signal = getattr(self, name)

    def call(*values: Any) -> None:
        receiver(*values[:count])

    signal.connect(call)
    self.__dict__.setdefault("_connected", []).append((signature, receiver, signal, call))
    return True


def disconnect(self: QtCore.QObject, signature: str, receiver: Callable[..., object]) -> bool:
    """Undo `connect` of the same signature and receiver."""
    connected = self.__dict__.get("_connected", [])
    found = [entry for entry in connected if entry[:2] == (signature, receiver)]
    for entry in found:
        entry[2].disconnect(entry[3])
        connected.remove(entry)
    return bool(found)


class _UiLoader(QtUiTools.QUiLoader):
    """Loads `.ui` files with custom widgets written in Python."""

    CUSTOM_WIDGETS: ClassVar[dict[str, type[QtWidgets.QWidget]]] = {}

    def createWidget(self, class_name: str, parent: QtWidgets.QWidget | None = None,  # noqa: N802
                     name: str = "") -> QtWidgets.QWidget:
        if class_name not in self.CUSTOM_WIDGETS:
            return super().createWidget(class_name, parent, name)
        widget = self.CUSTOM_WIDGETS[class_name](parent)
        widget.setObjectName(name)
        return widget

    def load(self, file: QtCore.QFile) -> QtWidgets.QWidget:
        document = ElementTree.fromstring(bytes(file.readAll().data()))
        connections = document.find("connections")
        if connections is not None:
            document.remove(connections)
        buffer = QtCore.QBuffer()
        buffer.setData(ElementTree.tostring(document))
        root = super().load(buffer)
        for connection in connections if connections is not None else ():
            sender, signal, receiver, slot = (connection.findtext(part) for part in
                                              ("sender", "signal", "receiver", "slot"))
            _named(root, sender).connect(signal, getattr(_named(root, receiver), slot.split("(")[0]))
        return root


def _named(root: QtWidgets.QWidget, name: str) -> QtCore.QObject:
    return root if root.name == name else root.findChild(QtCore.QObject, name)
