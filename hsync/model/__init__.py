"""The configuration as API objects: addresses, resources, and the way from text to resources and back."""

from hsync.model.address import CONFIGURATION, LINES, Address
from hsync.model.bind import as_text, bind
from hsync.model.bound import BoundSection, Opaque, Resource, normal, same
from hsync.model.configuration import Configuration
from hsync.model.nearby import did_you_mean
from hsync.model.unbind import base_body, child_line, children_of, full_body, header_line, section_lines, section_text

__all__ = [
    "CONFIGURATION",
    "LINES",
    "Address",
    "BoundSection",
    "Configuration",
    "Opaque",
    "Resource",
    "as_text",
    "base_body",
    "bind",
    "child_line",
    "children_of",
    "did_you_mean",
    "full_body",
    "header_line",
    "normal",
    "same",
    "section_lines",
    "section_text",
]
