"""Tests; a regular package so that ``tests.fabriques`` always means this one."""
