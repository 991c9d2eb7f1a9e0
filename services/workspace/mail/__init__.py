"""Mails about ended jobs: what they say, how they leave, and the thread that sends them."""
