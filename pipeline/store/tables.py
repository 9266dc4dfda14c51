"""The tables, in portable types. Times are UTC text of one width, so that they sort (see moments.py)."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Float, ForeignKey, Index, Integer, MetaData, String, Table, Text, false
from sqlalchemy import UniqueConstraint as Unique

HEAD = "0007"  # the newest migration

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_JSON = JSON(none_as_null=True)
_TIME = String(27)
_SHA256 = String(64)

office = Table(
    "office",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(100), nullable=False, unique=True),
)

actor = Table(
    "actor",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("password", Text, nullable=False),  # Argon2id hash with its parameters
    Column("role", String(20), nullable=False),
    Column("office_id", ForeignKey("office.id")),
    Column("disabled", Boolean, nullable=False),
    Column("must_change", Boolean, nullable=False),  # the password is a one-time one
    Column("created", _TIME, nullable=False),
    Column("totp", String(64)),  # what the second factor is drawn from, with the key that is not in here; null: none
    Column("totp_used", Integer),  # the time step of the last code; null: not confirmed yet
)

recovery = Table(
    "recovery",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("actor_id", ForeignKey("actor.id"), nullable=False),
    Column("digest", _SHA256, nullable=False),  # HMAC of a code that can be used once; used ones are removed
    Unique("actor_id", "digest"),
)

browser = Table(
    "browser",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("actor_id", ForeignKey("actor.id"), nullable=False),
    Column("token_sha256", _SHA256, nullable=False),  # of the cookie of a browser that this person signed in with
    Column("created", _TIME, nullable=False),
    Unique("actor_id", "token_sha256"),
)

throttle = Table(
    "throttle",
    metadata,
    Column("key", String(80), primary_key=True),  # an account's name as HMAC, or a known browser
    Column("failures", Integer, nullable=False),
    Column("last", _TIME, nullable=False, index=True),
    Column("until", _TIME, nullable=False),  # no guess is looked at before
)

session = Table(
    "session",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token_sha256", _SHA256, nullable=False, unique=True),
    Column("csrf", String(64), nullable=False),
    Column("actor_id", ForeignKey("actor.id"), nullable=False, index=True),
    Column("created", _TIME, nullable=False),
    Column("last_seen", _TIME, nullable=False),
    Column("locked", Boolean, nullable=False, server_default=false()),  # the screen is covered until the password comes
    Column("browser", String(60), nullable=False, server_default=""),  # for the list of sessions
)

batch = Table(
    "batch",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("office_id", ForeignKey("office.id")),
    Column("actor", String(64)),
    Column("created", _TIME, nullable=False),
    Column("counted", Integer),  # sheets as counted by hand
    Unique("name", "office_id"),  # and of the headquarters' (null) writing.py sees to it
)

scan = Table(
    "scan",
    metadata,
    Column("id", Integer, primary_key=True),  # in order of arrival
    Column("sha256", _SHA256, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("pages", Integer, nullable=False),  # 0 when refused
    Column("batch_id", ForeignKey("batch.id"), index=True),
    Column("actor", String(64)),
    Column("arrived", _TIME, nullable=False, index=True),
    Column("refused", String(60)),  # reason; the file is in quarantine
    Column("message", Text, nullable=False),  # Japanese, "" unless refused
    Column("removed", _TIME),  # when all of it was taken out of the vault for good
    Column("kept", _SHA256),  # of the bytes in the vault, where single pages were taken out; null: as they arrived
)

page = Table(
    "page",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("scan_id", ForeignKey("scan.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("read_at", _TIME, index=True),  # null: it waits
    Column("removed", _TIME),  # when its picture was taken out of the vault for good
    Unique("scan_id", "number"),
)

record = Table(
    "record",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("form_id", String(100), nullable=False),  # "" when unknown
    Column("form_version", String(40), nullable=False),
    Column("serial", String(60)),
    Column("status", String(20), nullable=False, index=True),
    Column("reason", String(60)),
    Column("candidates", _JSON, nullable=False),
    Column("inapplicable", _JSON, nullable=False),
    Column("derived", _JSON, nullable=False),
    Column("findings", _JSON, nullable=False),
    Column("scan_id", ForeignKey("scan.id"), nullable=False),  # with page and place: the order of arrival
    Column("page", Integer, nullable=False),
    Column("place", Integer, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("open", _JSON, nullable=False),  # ids of the fields that need a look
    Column("queued", Boolean, nullable=False),
    Column("aside", String(20)),  # blank · duplicate · foreign, when a person said so
    Column("changed", _TIME, nullable=False, index=True),
    Column("held_by", String(64)),
    Column("held_until", _TIME),
    Index(None, "queued", "priority", "scan_id", "page", "place"),
    Index(None, "scan_id", "page", "place"),
)

alias = Table(
    "alias",
    metadata,
    Column("id", String(40), primary_key=True),  # of a record that was joined into another
    Column("record_id", ForeignKey("record.id"), nullable=False, index=True),
)

bound = Table(
    "bound",
    metadata,
    Column("own_id", String(40), primary_key=True),  # of a page's sheet; see placement
    Column("hand", Integer, index=True),  # sheets with the same number are one record by hand
    Column("n", Integer, nullable=False),  # their order in it
    Column("behind", String(40), index=True),  # own_id of the better scan that took its place
)

placement = Table(
    "placement",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("scan_id", ForeignKey("scan.id"), nullable=False),
    Column("number", Integer, nullable=False),  # page in the file; 0: a file that could not be opened
    Column("place", Integer, nullable=False),
    Column("form_id", String(100), nullable=False),  # "" when unknown, so that the unique key holds
    Column("form_version", String(40), nullable=False),
    Column("reader", Text, nullable=False),  # versions of all readers and lines that took part
    Column("round", Integer, nullable=False),  # above 1: the same readers found something else when they read again
    Column("own_id", String(40), nullable=False),  # id of the record that this placement makes alone
    Column("side", String(60)),
    Column("serial", String(60)),
    Column("rotation", Integer),
    Column("found_by", String(20)),
    Column("panels", _JSON, nullable=False),
    Column("missing", _JSON, nullable=False),
    Column("candidates", _JSON, nullable=False),
    Column("status", String(20), nullable=False),
    Column("reason", String(60)),
    Column("read_at", _TIME, nullable=False),
    Column("current", Boolean, nullable=False),  # False: a later reading of the page took its place
    Column("record_id", ForeignKey("record.id"), index=True),  # where it belongs now
    Column("n", Integer, nullable=False),  # and as which page of that record
    Unique("scan_id", "number", "place", "form_id", "form_version", "reader", "round", name="uq_placement_once"),
    Index(None, "form_id", "form_version", "serial"),
)

reading = Table(
    "reading",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("placement_id", ForeignKey("placement.id"), nullable=False),
    Column("form", String(150), nullable=False),  # id/version
    Column("field", String(100), nullable=False),
    Column("position", Integer, nullable=False),  # in the form's order
    Column("value", _JSON),
    Column("state", String(20), nullable=False),
    Column("reason", String(60)),
    Column("confidence", Float, nullable=False),
    Column("alternatives", _JSON, nullable=False),
    Column("reader", String(60), nullable=False),
    Column("threshold", String(60), nullable=False),
    Column("sure", Boolean, nullable=False),
    Column("score", Float, nullable=False),
    Column("seen", Boolean, nullable=False),  # False: the field is on no page in hand
    Column("quad_px", _JSON),
    Column("record_id", ForeignKey("record.id"), index=True),  # of which record it is the reading now
    Column("accepted", Boolean, nullable=False),
    Unique("placement_id", "form", "field"),
)

decision = Table(
    "decision",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("record", String(40), nullable=False),  # as it was called then, so without a foreign key
    Column("field", String(100), nullable=False),  # "": the record as a whole
    Column("version", Integer, nullable=False),
    Column("was", _JSON),  # [value, state]
    Column("now", _JSON),
    Column("action", String(20), nullable=False),
    Column("by", ForeignKey("actor.name"), nullable=False),
    Column("at", _TIME, nullable=False),
    Column("why", Text, nullable=False),
    Column("double", Boolean, nullable=False, server_default=false()),  # a second person must enter it too
    Unique("record", "field", "version"),
)

twice = Table(
    "twice",
    metadata,
    # Where two people must agree on a field and do not yet; worked out from the decisions whenever a record is filed.
    Column("record_id", ForeignKey("record.id", ondelete="CASCADE"), primary_key=True),
    Column("field", String(100), primary_key=True),
    Column("stage", String(10), nullable=False),  # second · third
    Column("by", String(64), nullable=False),  # who settled it first
    Column("at", _TIME, nullable=False),
    Index(None, "stage", "by"),
)

note = Table(
    "note",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("record", String(40), nullable=False),  # as it was called then, so without a foreign key
    Column("field", String(100), nullable=False),
    Column("text", Text, nullable=False),  # what a person asks; may hold what stands on the paper
    Column("by", ForeignKey("actor.name"), nullable=False),
    Column("at", _TIME, nullable=False),
    Column("closed_by", String(64)),
    Column("closed_at", _TIME),  # null: it waits for an answer
    Index(None, "record", "field"),
)

issued = Table(
    "issued",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("form_id", String(100), nullable=False),
    Column("form_version", String(40), nullable=False),
    Column("serial", String(60), nullable=False),
    Column("issued", _TIME, nullable=False),
    Column("actor", String(64)),
    Column("run", String(200), nullable=False, server_default=""),  # name of the print run
    Column("district", String(60), nullable=False, server_default=""),
    Column("office", String(100), nullable=False, server_default=""),
    Column("subject", String(60), nullable=False, server_default=""),  # the person's number in the office's roster
    Column("about", String(100), nullable=False, server_default=""),  # what it was printed for: see returns/cases.py
    Unique("form_id", "form_version", "serial"),
)

entry = Table(
    "entry",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("thread", String(32), nullable=False),  # what all versions of one entry share
    Column("version", Integer, nullable=False),
    Column("kind", String(40), nullable=False, index=True),
    Column("target", String(100), nullable=False, index=True),  # whom it is about: see returns/cases.py
    Column("day", String(10)),  # YYYY-MM-DD
    Column("said", _JSON, nullable=False),  # name → text
    Column("action", String(20), nullable=False),  # enter · correct · withdraw
    Column("by", ForeignKey("actor.name"), nullable=False),
    Column("at", _TIME, nullable=False),
    Unique("thread", "version"),
)

ledger = Table(
    "ledger",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", _TIME, nullable=False),
    Column("kind", String(20), nullable=False),  # accepted · duplicate · refused · read
    Column("sha256", _SHA256, nullable=False, index=True),
    Column("page", Integer),
    Column("name", Text, nullable=False),
    Column("actor", String(64)),
    Column("detail", Text, nullable=False),
)

audit = Table(  # append-only by trigger; see audit.py
    "audit",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # from 1, without a gap
    Column("at", _TIME, nullable=False, index=True),
    Column("actor", String(64), index=True),
    Column("action", String(60), nullable=False),
    Column("target", String(200), nullable=False),  # ids, never values
    Column("why", String(100), nullable=False),
    Column("mac", String(64), nullable=False),  # HMAC over this line and the one before
)
