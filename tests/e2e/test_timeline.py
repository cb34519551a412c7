"""Forty-eight minutes of a real operator's work at sixty times its speed: in the end the board shows the truth."""

from __future__ import annotations

from support.timeline import check_that_the_film_ends_like_a_fresh_picture


async def test_at_sixty_times_the_speed() -> None:
    await check_that_the_film_ends_like_a_fresh_picture(60.0)
