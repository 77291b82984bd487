"""The platforms that posts are published on: one transport each, behind the protocol in base.py."""
