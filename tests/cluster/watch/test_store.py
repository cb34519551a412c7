"""What is known after each event of a watch, and what the event has changed."""

from dataclasses import dataclass, field

from cluster.watch.store import Change, Store, changes
from cluster.watch.watch_events import Alive, Arrived, Connecting, Lost, Removed, Restricted, Synced


@dataclass(frozen=True)
class Metadata:
    namespace: str
    name: str
    resource_version: str = "1"


@dataclass(frozen=True)
class Record:
    metadata: Metadata = field(default_factory=lambda: Metadata("shop", "web"))


def record(namespace: str, name: str, version: str = "1") -> Record:
    return Record(Metadata(namespace, name, version))


def store_of(*records: Record) -> Store[Record]:
    store: Store[Record] = Store()
    store.apply(Arrived(list(records)))
    return store


def test_an_object_that_arrives_takes_the_place_of_the_one_of_before():
    old, new = record("shop", "web", "1"), record("shop", "web", "2")
    store: Store[Record] = Store()
    assert store.apply(Arrived([old])) == [Change(("shop", "web"), None, old)]
    assert store.apply(Arrived([new])) == [Change(("shop", "web"), old, new)]
    assert store.objects == {("shop", "web"): new}


def test_the_same_object_twice_in_one_event_ends_as_the_later_one():
    old, new = record("shop", "web", "1"), record("shop", "web", "2")
    store: Store[Record] = Store()
    assert [change.before for change in store.apply(Arrived([old, new]))] == [None, old]
    assert store.objects == {("shop", "web"): new}


def test_what_is_removed_goes_and_what_was_never_known_is_no_change():
    web = record("shop", "web")
    store = store_of(web)
    assert store.apply(Removed([("shop", "web"), ("shop", "cart")])) == [Change(("shop", "web"), web, None)]
    assert store.objects == {}


def test_a_complete_list_takes_away_what_it_does_not_have():
    web, cart, ledger = record("shop", "web"), record("shop", "cart"), record("payments", "ledger")
    store = store_of(web, cart, ledger)
    gone = store.apply(Synced(None, frozenset({("shop", "web")})))
    assert gone == [Change(("shop", "cart"), cart, None), Change(("payments", "ledger"), ledger, None)]
    assert store.objects == {("shop", "web"): web}


def test_a_complete_list_of_a_namespace_says_nothing_about_the_others():
    web, ledger = record("shop", "web"), record("payments", "ledger")
    store = store_of(web, ledger)
    assert store.apply(Synced("shop", frozenset())) == [Change(("shop", "web"), web, None)]
    assert store.objects == {("payments", "ledger"): ledger}


def test_what_is_said_about_the_watch_itself_changes_no_object():
    store = store_of(record("shop", "web"))
    for event in (Connecting(), Alive(), Lost("away", 0.0, 1.0), Restricted("some", ("shop",))):
        assert store.apply(event) == []
    assert list(store.objects) == [("shop", "web")]


def test_what_is_known_may_shrink_while_the_changes_are_read():
    rows = {("shop", "web"): 1, ("shop", "cart"): 2}
    for key, _ in changes(Synced(None, frozenset()), rows):
        del rows[key]
    assert rows == {}


def test_what_is_known_is_looked_at_only_at_the_end_of_a_list():
    def unread():
        raise AssertionError
        yield

    assert list(changes(Removed([("shop", "web")]), unread())) == [(("shop", "web"), None)]
