"""Run the benchmarks that are named, or all, and print one table."""

import argparse
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from ._rows import rows_of, table

NAMES = ("call", "generation", "stream", "imports", "many", "chats", "transfers")


def main() -> None:
    """Give each benchmark a fresh process, so that none inherits the memory of another."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    names = parser.parse_args().names or NAMES
    if unknown := set(names) - set(NAMES):
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}")
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as pool:
        print(table(row for rows in pool.map(rows_of, names) for row in rows))


if __name__ == "__main__":
    main()
