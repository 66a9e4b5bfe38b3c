"""Tests of the rules of risk."""
