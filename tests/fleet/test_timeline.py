"""Forty-eight minutes of a real operator's work, through a server, a feed and onto a board."""

from __future__ import annotations

from support.timeline import check_that_the_film_ends_like_a_fresh_picture


async def test_a_recorded_afternoon_ends_like_a_fresh_picture() -> None:
    await check_that_the_film_ends_like_a_fresh_picture(None)
