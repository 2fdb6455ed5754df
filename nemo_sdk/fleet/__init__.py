"""The fleet: jobs that the processes of many machines begin, work on and follow.

They are kept in a PostgreSQL database, and delivered by procrastinate's queue in the same
database. Install it with `pip install 'nemo-sdk[fleet]'`.

    from nemo_sdk import NemoClient
    from nemo_sdk.fleet import PostgresStore
    from nemo_sdk.jobs import Jobs

    store = PostgresStore("postgresql://films@db/films")
    async with NemoClient() as client, Jobs(client, store=store) as jobs:
        job = await jobs.film("a cat walking through a snowy forest")  # a worker makes it
"""

from ._store import PostgresStore
from ._worker import Worker

__all__ = ["PostgresStore", "Worker"]
