"""The configuration as API objects: addresses, resources, and the way from text to resources and back."""

from hsync.model.address import CONFIGURATION, LINES, Address
from hsync.model.configuration import Configuration
from hsync.model.nearby import did_you_mean
from hsync.model.resources import Opaque, Resource, ResourceSection, normal, same
from hsync.model.to_resources import as_text, to_resources
from hsync.model.to_text import base_body, child_line, children_of, full_body, header_line, section_lines, section_text

__all__ = [
    "CONFIGURATION",
    "LINES",
    "Address",
    "Configuration",
    "Opaque",
    "Resource",
    "ResourceSection",
    "as_text",
    "base_body",
    "child_line",
    "children_of",
    "did_you_mean",
    "full_body",
    "header_line",
    "normal",
    "same",
    "section_lines",
    "section_text",
    "to_resources",
]
