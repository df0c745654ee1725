"""What maintainers do: switch answers, change snapshots, review quarantine, look at runs."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.access.store import AccessStore
from assistant.settings import Settings
from ingest import embedding
from ingest.diff import SnapshotDiff, diff
from ingest.errors import InputError, SnapshotError, UnknownError
from ingest.quarantine import Accepted
from ingest.records import Manifest, Quarantined
from ingest.snapshots import SnapshotStore

REPORT = "report.html"


@dataclass(frozen=True, slots=True)
class EvaluationRun:
    """A run of the evaluations: its folder's name, when it was, over what, and its figures."""

    name: str
    created: str
    split: str
    cases: int
    figures: dict[str, float]
    report: bool


class Administration:
    """The deeds of maintainers; each is noted with who did it."""

    def __init__(self, settings: Settings, access: AccessStore) -> None:
        self._settings = settings
        self._access = access
        self._store = SnapshotStore(settings.data_dir, settings.chroma_url)

    @property
    def current(self) -> str | None:
        """The snapshot that is answered from."""
        return self._store.current

    def manifests(self) -> tuple[Manifest, ...]:
        """All whole snapshots, newest first."""
        return self._store.manifests()

    def roll_back(self, who: str, snapshot: str) -> None:
        """Answer from another snapshot from now on; SnapshotError when there is no such."""
        self._store.activate(snapshot)
        self._access.note(who, f"made snapshot {snapshot} current")

    def diff(self, before: str, after: str) -> SnapshotDiff:
        """What differs between two snapshots; UnknownError names one that does not exist."""
        for name in (before, after):
            if not self._store.whole(name):
                raise UnknownError(f"no snapshot {name!r}; 'assistant snapshots' lists them")
        model = embedding.fingerprint(self._settings.embedding_model)
        old, new = (self._store.open(model, name).passages for name in (before, after))
        return diff(old, new)

    def quarantined(self) -> tuple[Quarantined, ...]:
        """The suspicious passages of the current snapshot, accepted ones too."""
        if self._store.current is None:
            raise SnapshotError("there is no index yet; run 'assistant ingest' first")
        return self._store.quarantined(self._store.current)

    def review(self, who: str, passage_ids: Sequence[str], *, accept: bool) -> None:
        """Accept or hold back passages; the next ingest follows. InputError names a wrong one."""
        held = {one.passage.id: one.passage for one in self.quarantined()}
        for passage_id in passage_ids:
            if passage_id not in held:
                raise InputError(f"{passage_id!r} is not suspicious; see 'assistant quarantine'")
        accepted = Accepted(self._settings.data_dir)
        for passage_id in passage_ids:
            (accepted.add if accept else accepted.remove)(held[passage_id])
            verb = "accepted" if accept else "held back"
            self._access.note(who, f"{verb} passage {passage_id}")

    def turn_off(self, who: str, notice: str) -> None:
        """No answers from now on; readers see the notice."""
        self._access.turn_off(notice)
        self._access.note(who, f"turned answers off: {notice.strip()}")

    def turn_on(self, who: str) -> None:
        """Answers again."""
        self._access.turn_on()
        self._access.note(who, "turned answers on")

    def runs(self, limit: int = 30) -> tuple[EvaluationRun, ...]:
        """The evaluation runs, newest first; folders that are none are passed over."""
        folder = self._settings.runs_dir
        if not folder.is_dir():
            return ()
        found = (_run(path) for path in sorted(folder.iterdir(), reverse=True)[:limit])
        return tuple(run for run in found if run)

    def report(self, name: str) -> Path:
        """The report of a run; UnknownError when there is none."""
        if name in {run.name for run in self.runs(1000)}:
            path = self._settings.runs_dir / name / REPORT
            if path.is_file():
                return path
        raise UnknownError(f"there is no report of a run {name!r}")


def _run(folder: Path) -> EvaluationRun | None:
    try:
        about = json.loads((folder / "summary.json").read_text("utf-8"))
        summary = about["summary"]
        figures = {
            f"{group}.{name}": float(value)
            for group, values in summary.items()
            if isinstance(values, dict)
            for name, value in values.items()
            if isinstance(value, (int, float))
        }
        created, split, cases = about["created"], about["split"], int(about["cases"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return EvaluationRun(folder.name, created, split, cases, figures, (folder / REPORT).is_file())
