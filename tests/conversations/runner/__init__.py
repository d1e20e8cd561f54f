"""The interpreter of the wire conversations (tests/conversations/README.md)."""

import os

from .model import load_definitions

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", ".."))


def load_model():
    return load_definitions(ROOT)
