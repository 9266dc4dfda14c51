"""Station 5: readings → a record; sides and halves joined, values derived, rules checked."""

from pipeline.records.as_json import as_json
from pipeline.records.build import of_page, record_id, refused
from pipeline.records.join import join
from pipeline.records.judge import judge
from pipeline.records.partner import proposed

__all__ = ["as_json", "join", "judge", "of_page", "proposed", "record_id", "refused"]
