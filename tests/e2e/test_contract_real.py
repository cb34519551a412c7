"""The contract of the demo's server, held up to a real kube-apiserver: the very same tests."""

from contract.test_access_and_discovery import *  # noqa: F403
from contract.test_applications import *  # noqa: F403
from contract.test_applies import *  # noqa: F403
from contract.test_execs import *  # noqa: F403
from contract.test_lists import *  # noqa: F403
from contract.test_logs import *  # noqa: F403
from contract.test_settings import *  # noqa: F403
from contract.test_watches import *  # noqa: F403
from contract.test_writes import *  # noqa: F403
