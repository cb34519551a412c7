"""What holds for every test."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("without a deadline", deadline=None)  # a busy machine is no defect of what is tested
settings.load_profile("without a deadline")
