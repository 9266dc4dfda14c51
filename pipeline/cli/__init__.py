"""The command: words go to stderr, data to stdout, and every option has an environment variable."""

from __future__ import annotations

import click

from pipeline.cli import (
    bench,
    doctor,
    keeping,
    learning,
    listing,
    office,
    papers,
    people,
    propose,
    purging,
    reading,
    serving,
    watching,
    working,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """読取（よみとり）：紙の様式を読み、確かめ、表にします。"""


for command in (
    reading.read,
    reading.ingest,
    watching.watch,
    working.worker,
    serving.serve,
    office.export,
    office.store,
    people.user,
    people.audit,
    papers.forms,
    listing.lists,
    doctor.doctor,
    bench.bench,
    learning.learn,
):
    main.add_command(command)

papers.forms.add_command(propose.propose)
for command in (keeping.backup, keeping.restore, purging.purge, purging.certificates):
    office.store.add_command(command)
