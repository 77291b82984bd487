"""Linkedin."""
