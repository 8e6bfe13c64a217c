"""`python -m tests.world SEED…`: the story of a history, and what is wrong with it."""

from __future__ import annotations

import shutil
import sys

from tests.world.history import History, root
from tests.world.judge import Wrong
from tests.world.till import World


def main(seeds: list[int]) -> int:
    """Print the stories of these seeds."""
    bad = 0
    for seed in seeds:
        place = root()
        try:
            with World(place, seed) as world:
                history = History(world, seed)
                try:
                    said = str(history.play())
                except Wrong as wrong:
                    said, bad = f"WRONG: {wrong.rule}: {wrong.says}", 1
                story_lines = [f"seed {seed}: {', '.join(sorted(history.moods)) or 'nothing goes wrong'}"]
                story_lines += [*map(str, world.runs), *(f"booked {b}" for b in world.books.all), said]
                sys.stdout.write("\n".join(story_lines) + "\n")
        finally:
            shutil.rmtree(place)
    return bad


if __name__ == "__main__":
    sys.exit(main([int(seed) for seed in sys.argv[1:]]))
