"""Jobs without a worker, for tests of the page's messages about a training."""

from __future__ import annotations

from dataclasses import dataclass, field

from vae_core.jobs.job import Job, Member


@dataclass
class ListedJobs:
    """Answers `latest` and `member` as a JobQueue does, from jobs whose states a test sets."""

    jobs: list[Job] = field(default_factory=list)

    def add(self, job: Job) -> Job:
        """List a job as its owner's newest and return it."""
        self.jobs.append(job)
        return job

    def latest(self, owner: str) -> Job | None:
        """The owner's newest job."""
        return next((job for job in reversed(self.jobs) if job.owner == owner), None)

    def member(self, run: str) -> tuple[Job, Member] | None:
        """The job that trains a run, with its member for that run."""
        return next(((job, member) for job in self.jobs for member in job.members if member.id == run), None)
