"""The stories: some thirty Stacks, each with a past that explains its present.

A story says what happened to its Stack and when; what can be seen at second 0 is what the simulated
operator made of that. `stories.web` and its likes can be served alone, for tests.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from demo.argocd.deliveries import Delivery
from demo.operator.agent_output import Program
from demo.operator.known_stack import GOOD, HANGS, PlannedRun
from demo.play.stack_changes import (
    StackChange,
    committed,
    created,
    deleted,
    edited,
    expired_token,
    given_token,
    locked,
    lost_update,
    programmed,
    requested,
    unabsorbed_update,
)
from demo.server.objects import Obj

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


@dataclass(frozen=True, eq=False)
class Story:
    """`past` are (seconds ago, change); `runs` what each run will be like, the last one for ever (`loops`: all over
    again); `commits` the pauses between new commits once time passes by the clock; `returns` whether it is created anew
    after it was destroyed."""

    name: str
    sees: str
    context: str
    namespace: str
    stack: str
    steps: tuple[str, ...]
    past: tuple[tuple[float, StackChange], ...]
    spec: Obj = field(default_factory=dict)
    outputs: Obj = field(default_factory=dict)
    runs: tuple[PlannedRun, ...] = (GOOD,)
    loops: bool = False
    init_errors: tuple[str, ...] = ()
    commits: tuple[float, ...] = ()
    source: str = ""
    returns: bool = False

    @property
    def program(self) -> Program:
        shown = tuple((key, value if value == "[secret]" else f'"{value}"') for key, value in self.outputs.items())
        backend_stack = f"acme/{self.namespace}/{self.stack}-{self.context}"
        if "backend" in self.spec:  # a bucket knows no organizations
            backend_stack = f"organization/{self.namespace}/{self.stack}"
        return Program(self.namespace, backend_stack, self.steps, shown)


def _denied(kind: str, name: str, why: str) -> str:
    return f"error: {kind} resource '{name}': {why}\nerror: update failed"


_QUOTA = _denied("cloud:compute/nodePool:NodePool", "search-nodes", "creating: quota exceeded for vcpus: 96 of 96 used")
_IMAGE = _denied("kubernetes:apps/v1:Deployment", "checkout", "timed out waiting for 2 of 3 replicas to be ready")
_ZONE = _denied("cloud:dns/zone:Zone", "acme", "creating: 503: the name servers are being updated, try again later")
_IN_USE = _denied("cloud:network/subnet:Subnet", "legacy-a", "deleting: DependencyViolation: the subnet is in use")
_TEMPLATE = (
    "error: [/x] is not a valid path of \x1b[31mparameters.json\x1b[0m: [Errno 2] No such file [b]or directory[/b]"
)
_WEBHOOK = (
    'Internal error occurred: failed calling webhook "stacks.policy.acme.example": failed to call webhook: Post '
    '"https://policy.policy-system.svc:443/validate?timeout=10s": context deadline exceeded'
)
_TOKEN = "not-a-real-token-0001"  # noqa: S105 - made up
_PLUGIN = "error: failed to download plugin: cloud-2.4.1: 429 HTTP error fetching plugin: rate limit exceeded"

network = Story(
    "network", "healthy, and run again every minute", "hub", "platform", "network",
    (" cloud:network/vpc:Vpc main", " cloud:network/subnet:Subnet a", " cloud:network/subnet:Subnet b"),
    ((19 * DAY, created), (3 * HOUR, committed)),
    spec={"continueResyncOnCommitMatch": True, "resyncFrequencySeconds": 75, "refresh": True},
    outputs={"vpcId": "vpc-0f3e2d"}, runs=(PlannedRun(8),),
)  # fmt: skip
cluster_dev = Story(
    "cluster_dev", "healthy for hours, nothing happens", "hub", "platform", "cluster-dev",
    ("+ cloud:compute/cluster:Cluster dev", "+ cloud:compute/nodePool:NodePool default"),
    ((12 * DAY, created), (6 * HOUR, committed)),
    outputs={"endpoint": "https://dev.k8s.acme.example", "kubeconfig": "[secret]"}, runs=(PlannedRun(21),),
)  # fmt: skip
legacy_vm = Story(
    "legacy_vm", "deleted three hours ago, and its destroy failed for good", "hub", "platform", "legacy-vm",
    ("+ cloud:compute/instance:Instance legacy", "+ cloud:network/subnet:Subnet legacy-a"),
    ((20 * DAY, created), (3 * HOUR, deleted)),
    spec={"destroyOnFinalize": True}, runs=(PlannedRun(18), PlannedRun(7, _IN_USE)),
)  # fmt: skip
db_main = Story(
    "db_main", "a database change that has been running for three minutes", "hub", "shop", "db-main",
    ("~ cloud:sql/instance:Instance main", " cloud:sql/database:Database orders", "~ cloud:sql/user:User app"),
    ((16 * DAY, created), (5 * HOUR, committed), (190.0, edited(config={"shop:tier": "large"}))),
    outputs={"host": "db-main.acme.example", "password": "[secret]"},
    runs=(PlannedRun(160), PlannedRun(140), PlannedRun(285), PlannedRun(45)), commits=(310.0, 170.0, 240.0),
)  # fmt: skip
web = Story(
    "web", "waits for db-main, then runs", "hub", "shop", "web",
    ("~ kubernetes:apps/v1:Deployment web", " kubernetes:core/v1:Service web"),
    ((16 * DAY, created), (2 * HOUR, committed), (150.0, committed)),
    spec={"prerequisites": [{"name": "db-main"}]},
    outputs={"url": "https://shop.acme.example"}, runs=(PlannedRun(14),), commits=(95.0, 160.0),
)  # fmt: skip
checkout = Story(
    "checkout", "fails, and tries again with growing pauses", "hub", "shop", "checkout",
    ("~ kubernetes:apps/v1:Deployment checkout", " kubernetes:core/v1:Service checkout"),
    ((9 * DAY, created), (62.0, committed)),
    runs=(PlannedRun(12), *(PlannedRun(9, _IMAGE),) * 3, PlannedRun(12)), commits=(300.0, 420.0),
)  # fmt: skip
search = Story(
    "search", "gave up after failing four times; a new attempt would succeed", "hub", "shop", "search",
    ("~ cloud:compute/nodePool:NodePool search-nodes", "+ kubernetes:apps/v1:StatefulSet index"),
    ((11 * DAY, created), (2.2 * HOUR, edited(config={"search:nodes": "12"}))),
    runs=(PlannedRun(12), *(PlannedRun(16, _QUOTA),) * 4, PlannedRun(20)),
)  # fmt: skip
queue = Story(
    "queue", "wedged for 41 minutes: its running update doesn't exist", "hub", "data", "queue",
    ("~ cloud:queue/topic:Topic orders", " cloud:queue/subscription:Subscription billing"),
    ((8 * DAY, created), (41 * MINUTE, lost_update), (12 * MINUTE, requested("please-go-on"))),
)  # fmt: skip
warehouse = Story(
    "warehouse", "its workspace can't pull its image", "hub", "data", "warehouse",
    ("+ cloud:warehouse/dataset:Dataset facts", "+ cloud:warehouse/table:Table orders"),
    ((18 * MINUTE, created),),
    spec={"workspaceTemplate": {"spec": {"image": "registry.acme.example/pulumi:3.259-data"}}},
)  # fmt: skip
reports = Story(
    "reports", "invalid from birth: the Secret with its Git token is missing", "hub", "data", "reports",
    ("+ kubernetes:batch/v1:CronJob nightly",),
    ((3.5 * HOUR, created),),
    spec={"gitAuth": {"accessToken": {"secret": {"key": "token", "name": "git-token"}, "type": "Secret"}}},
)  # fmt: skip
ingest = Story(
    "ingest", "has been running for 47 minutes and says nothing any more: its pulumi died", "hub", "data", "ingest",
    ("~ cloud:stream/cluster:Cluster ingest", "~ cloud:stream/topic:Topic clicks", " cloud:stream/topic:Topic views"),
    ((14 * DAY, created), (7 * HOUR, committed), (47 * MINUTE, committed)),
    runs=(PlannedRun(200), PlannedRun(230), HANGS, PlannedRun(45)),
)  # fmt: skip
preview_lab = Story(
    "preview_lab", "only ever previews: green, but nothing is applied", "hub", "ml", "preview-lab",
    ("+ cloud:ml/notebook:Notebook lab", "~ cloud:storage/bucket:Bucket datasets"),
    ((5 * DAY, created), (40 * MINUTE, committed)),
    spec={"preview": True}, runs=(PlannedRun(6),), commits=(55.0, 80.0, 130.0),
)  # fmt: skip
features = Story(
    "features", "its workspace failed to install; a new pod would heal it", "hub", "ml", "features",
    ("+ cloud:ml/featureStore:FeatureStore main",),
    ((50 * MINUTE, created),),
    init_errors=(_PLUGIN,), runs=(PlannedRun(15),),
)  # fmt: skip
training = Story(
    "training", "its access token has expired: its Secret needs another, and then its workspace a new pod",
    "hub", "ml", "training",
    ("~ cloud:ml/trainingJob:TrainingJob nightly", " cloud:storage/bucket:Bucket models"),
    ((6 * DAY, given_token("pulumi-token", _TOKEN)), (6 * DAY - 5, created), (34 * MINUTE, expired_token(_TOKEN)),
     (33 * MINUTE, committed)),
    spec={"accessTokenSecret": "pulumi-token", "envRefs": None}, runs=(PlannedRun(12),),
)  # fmt: skip

eu_network = Story(
    "eu_network", "healthy; has the name of another Stack in another cluster", "eu-prod", "platform", "network",
    (" cloud:network/vpc:Vpc main", " cloud:network/subnet:Subnet a"),
    ((17 * DAY, created), (26 * HOUR, committed)),
    spec={"continueResyncOnCommitMatch": True, "resyncFrequencySeconds": 90},
    outputs={"vpcId": "vpc-0a77c1"}, runs=(PlannedRun(7),),
)  # fmt: skip
eu_web = Story(
    "eu_web", "gets a new commit every minute", "eu-prod", "shop", "web",
    ("~ kubernetes:apps/v1:Deployment web", " kubernetes:core/v1:Service web"),
    ((13 * DAY, created), (25 * MINUTE, committed), (8.0, committed)),
    outputs={"url": "https://eu.shop.acme.example"}, runs=(PlannedRun(11),), commits=(62.0, 48.0, 75.0),
)  # fmt: skip
eu_cache = Story(
    "eu_cache", "its Git branch doesn't exist; looked for every 30 seconds", "eu-prod", "shop", "cache",
    ("+ cloud:cache/instance:Instance sessions",),
    ((22 * MINUTE, created),),
    spec={"branch": "feature/eviction"}, source='no commits found for ref "feature/eviction"',
)  # fmt: skip
eu_ledger = Story(
    "eu_ledger", "somebody else's lock is on its state, until it is cancelled", "eu-prod", "payments", "ledger",
    ("~ cloud:sql/instance:Instance ledger", " cloud:sql/user:User ledger"),
    ((10 * DAY, created), (35 * MINUTE, locked("ci@runner-7 (pid 4711)")),
     (110.0, edited(config={"ledger:size": "2"}))),
    spec={"backend": "s3://acme-state"}, runs=(PlannedRun(25),),
)  # fmt: skip
eu_gateway = Story(
    "eu_gateway", "needs a Stack that doesn't exist", "eu-prod", "payments", "gateway",
    ("+ kubernetes:apps/v1:Deployment gateway",),
    ((6 * HOUR, created),),
    spec={"prerequisites": [{"name": "vault"}]},
)  # fmt: skip
eu_mail = Story(
    "eu_mail", "is being destroyed, and comes back after", "eu-prod", "web", "mail",
    ("+ cloud:mail/domain:Domain acme", "+ cloud:dns/record:Record mx", "+ cloud:dns/record:Record spf"),
    ((4 * DAY, created), (70.0, deleted)),
    spec={"destroyOnFinalize": True}, runs=(PlannedRun(30), PlannedRun(105), PlannedRun(26)), loops=True, returns=True,
)  # fmt: skip
eu_docs = Story(
    "eu_docs", "its error text is hostile to terminals", "eu-prod", "web", "docs",
    ("~ kubernetes:core/v1:ConfigMap pages", " kubernetes:apps/v1:Deployment docs"),
    ((7 * DAY, created), (50 * MINUTE, committed)),
    runs=(PlannedRun(9), PlannedRun(4, _TEMPLATE)),
)  # fmt: skip

us_network = Story(
    "us_network", "healthy, under an operator of version 2.7", "us-prod", "platform", "network",
    (" cloud:network/vpc:Vpc main", " cloud:network/subnet:Subnet a"),
    ((15 * DAY, created), (31 * HOUR, committed)),
    outputs={"vpcId": "vpc-0cc942"}, runs=(PlannedRun(9),),
)  # fmt: skip
us_web = Story(
    "us_web", "has failed for hours: version 2.7 never gives up", "us-prod", "shop", "web",
    ("~ kubernetes:apps/v1:Deployment web", " kubernetes:core/v1:Service web"),
    ((13 * DAY, created), (3.4 * HOUR, committed)),
    runs=(PlannedRun(12), PlannedRun(8, _IMAGE)),
)  # fmt: skip
us_batch = Story(
    "us_batch", "runs a Program that is kept in the cluster", "us-prod", "data", "batch",
    ("~ kubernetes:batch/v1:CronJob batch",),
    ((6 * DAY, programmed("batch")), (6 * DAY - 20, created), (5 * HOUR, requested("after-maintenance"))),
    spec={"programRef": {"name": "batch"}}, runs=(PlannedRun(10),),
)  # fmt: skip
us_edge = Story(
    "us_edge", "healthy, resynced every minute and a half", "us-prod", "web", "edge",
    (" cloud:cdn/distribution:Distribution edge", " cloud:dns/record:Record www"),
    ((9 * DAY, created),),
    spec={"continueResyncOnCommitMatch": True, "resyncFrequencySeconds": 100}, runs=(PlannedRun(13),),
)  # fmt: skip

# For those who read logs.
backfill = Story(
    "backfill", "floods its log: hundreds of lines a second", "hub", "data", "backfill",
    ("~ cloud:sql/table:Table orders", "~ cloud:sql/table:Table customers", "~ cloud:sql/table:Table visits"),
    ((5 * DAY, created), (3 * HOUR, committed)),
    runs=(PlannedRun(12), PlannedRun(14), PlannedRun(25, says=500)), commits=(20.0, 75.0, 90.0),
)  # fmt: skip
eu_reindex = Story(
    "eu_reindex", "prints for four minutes, line by line", "eu-prod", "shop", "reindex",
    ("~ cloud:search/index:Index products", "~ cloud:search/index:Index reviews", " cloud:search/alias:Alias live"),
    ((8 * DAY, created), (75.0, committed)),
    runs=(PlannedRun(40), PlannedRun(240, says=2)), commits=(300.0,),
)  # fmt: skip
eu_rates = Story(
    "eu_rates", "its pod is thrown out in mid-run, and made anew", "eu-prod", "payments", "rates",
    ("~ kubernetes:apps/v1:Deployment rates", "~ kubernetes:core/v1:ConfigMap sources"),
    ((6 * DAY, created), (18.0, committed)),
    runs=(PlannedRun(10), PlannedRun(45, says=1, evicted=33), PlannedRun(12)), loops=True, commits=(110.0, 95.0),
)  # fmt: skip
us_dns = Story(
    "us_dns", "three runs in one pod: good, failed, and good again", "us-prod", "platform", "dns",
    ("+ cloud:dns/zone:Zone acme", "+ cloud:dns/record:Record www"),
    ((3 * HOUR, created), (35 * MINUTE, requested("new-name-servers"))),
    runs=(PlannedRun(11), PlannedRun(6, _ZONE), PlannedRun(13)),
)  # fmt: skip

# Not among all of them: another that an operator waits for for ever.
audit = Story(
    "audit", "wedged: its finished update was deleted before the operator took note of it", "hub", "data", "audit",
    ("~ cloud:sql/table:Table events",),
    ((4 * DAY, created), (25 * MINUTE, unabsorbed_update), (9 * MINUTE, requested("unstick"))),
)  # fmt: skip

ALL: tuple[Story, ...] = (
    network, cluster_dev, legacy_vm, db_main, web, checkout, search, queue, warehouse, reports, ingest, preview_lab,
    features, eu_network, eu_web, eu_cache, eu_ledger, eu_gateway, eu_mail, eu_docs, us_network, us_web, us_batch,
    us_edge, backfill, eu_reindex, eu_rates, us_dns, training,
)  # fmt: skip

# Which Argo CD delivers what: the hub's also delivers to us-prod, as to a spoke.
DELIVERIES: dict[str, tuple[Delivery, ...]] = {
    "hub": (
        Delivery("platform", "in-cluster", (("platform", "network", 0), ("platform", "cluster-dev", 0),
                                            ("platform", "legacy-vm", 0)), pruned="legacy-vm"),
        Delivery("shop", "in-cluster", (("shop", "db-main", 0), ("shop", "web", 1), ("shop", "checkout", 1),
                                        ("shop", "search", 1)), syncing_since=186),
        Delivery("data", "in-cluster", (("data", "queue", 0), ("data", "ingest", 0), ("data", "warehouse", 0),
                                        ("data", "reports", 0)), heals=False),
        Delivery("ml", "in-cluster", (("ml", "preview-lab", 0), ("ml", "features", 0), ("ml", "training", 0)),
                 heals=False),
        Delivery("us-shop", "us-prod", (("shop", "web", 0), ("web", "edge", 0))),
        Delivery("us-platform", "us-prod", (("platform", "network", 0), ("data", "batch", 1))),
        Delivery("us-dns", "us-prod", (("platform", "dns", 0),), out_of_sync=True, failure=_WEBHOOK),
    ),
    "eu-prod": (
        Delivery("platform", "in-cluster", (("platform", "network", 0),)),
        Delivery("shop", "in-cluster", (("shop", "cache", 0), ("shop", "web", 1))),
        Delivery("payments", "in-cluster", (("payments", "ledger", 0), ("payments", "gateway", 1)), heals=False),
        Delivery("web", "in-cluster", (("web", "mail", 0), ("web", "docs", 0))),
    ),
}  # fmt: skip
