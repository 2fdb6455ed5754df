"""Jobs: films and edits that outlive the process that began them.

A job is one film or one edit. It is known by an id that follows from what was asked for, kept in a
store before anything is charged, and found again by everybody who has the store. Asking for the
same thing again joins the job; its message is sent by exactly one worker, once.

    from nemo_sdk import NemoClient
    from nemo_sdk.jobs import Jobs

    async with NemoClient() as client, Jobs(client, save_to="films") as jobs:
        job = await jobs.film("a cat walking through a snowy forest")
        await job.wait()
        print(job.saved or job.error)
"""

from ._detached import detach
from ._file_store import FileStore
from ._job import Job
from ._jobs import Jobs
from ._record import Record, Status
from ._stores import MemoryStore, Store, with_claim

__all__ = [
    "FileStore",
    "Job",
    "Jobs",
    "MemoryStore",
    "Record",
    "Status",
    "Store",
    "detach",
    "with_claim",
]
