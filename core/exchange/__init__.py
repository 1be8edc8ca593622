"""A run as one file: written here, taken in elsewhere after every part of it was checked."""

from core.exchange.checking import check_run, limit_memory
from core.exchange.packing import export_name, export_run, write_export
from core.exchange.taking import import_run

__all__ = ["check_run", "export_name", "export_run", "import_run", "limit_memory", "write_export"]
