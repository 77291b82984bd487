"""Reconciling."""
