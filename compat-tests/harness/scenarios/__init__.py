"""All parts, registered by importing the files."""
from . import administration, delivery, groups, offsets, records, resilience  # noqa: F401
