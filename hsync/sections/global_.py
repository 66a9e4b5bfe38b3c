"""global: settings of the whole process. Manual chapter 3; API /global, /global/log_targets.

The rows are in the order in which the server writes them; `global_tune` has the rows of chapter 3.2 and of TLS.

Rule 1: a number whose API field is not nullable cannot be zero (low=1): the server would not write it.
Rule 2: where HAProxy obeys all lines and the server keeps one (`once`), the row reads only the first line.
"""

from hsync.schema import (
    Aside,
    Const,
    Enum,
    Form,
    Int,
    Key,
    Loose,
    OneOf,
    Opt,
    Params,
    Rest,
    Row,
    Rows,
    SectionType,
    Seq,
    Shape,
    Switch,
    Time,
    Word,
)
from hsync.sections.binds import STATS_SOCKET
from hsync.sections.global_tune import ADDS_UP, JOIN, TLS, TUNE
from hsync.sections.host_port import HostPort
from hsync.sections.lists import LOG_TARGETS
from hsync.sections.sockets import Token

CPU_POLICIES = (
    "none", "efficiency", "first-usable-node", "group-by-2-ccx", "group-by-2-clusters", "group-by-3-ccx",
    "group-by-3-clusters", "group-by-4-ccx", "group-by-4-cluster", "group-by-ccx", "group-by-cluster", "performance",
    "resource",
)  # fmt: skip

CPU_SETS = (
    "drop-cpu", "only-cpu", "drop-node", "only-node", "drop-cluster", "only-cluster", "drop-core", "only-core",
    "drop-thread", "only-thread",
)  # fmt: skip

OCSP_ADDS = "the API adds a line `ocsp-update.disable off` to this line"

# 3.1 Process management, first part: variables that the rest of the configuration may use.
ENVIRONMENT = (
    Rows("set-var", "set_var", Word("name"), Rest("expr")),
    Rows("set-var-fmt", "set_var_fmt", Word("name"), Word("format")),
    Rows("presetenv", "environment_options.presetenv", Word("name"), Word("value")),
    Row("resetenv", Rest("environment_options.resetenv"), once=ADDS_UP, alone=JOIN),
    Rows("setenv", "environment_options.setenv", Word("name"), Word("value")),
    Row("unsetenv", Rest("environment_options.unsetenv"), once=ADDS_UP, alone=JOIN),
)

# 3.1 Process management: the process, its user, its CPUs.
PROCESS = (
    Row("daemon", Const(daemon=True)),
    Row(
        "default-path",
        OneOf(
            Enum("default_path.type", "current", "config", "parent"),
            Seq(Enum("default_path.type", "origin"), Word("default_path.path", matching=r"\S+")),
        ),
    ),
    Row("localpeer", Token("localpeer")),
    Row("chroot", Token("chroot")),
    Row("uid", Int("uid", low=1)),
    Row("user", Token("user")),
    Row("gid", Int("gid", low=1)),
    Row("group", Token("group")),
    Row("ca-base", Word("ssl_options.ca_base")),
    Row("crt-base", Word("ssl_options.crt_base")),
    Row("master-worker", Const(**{"master-worker": True})),
    Row(
        "external-check",
        Const(external_check=True),
        cut="remove `preserve-env`, or manage this host without a Data Plane API",
    ),
    Row("nosplice", Const(performance_options__nosplice=True)),
    Row("nbthread", Int("nbthread", low=1)),
    Row("max-threads-per-group", Int("max_threads_per_group", low=1), since="3.4"),
    Rows("cpu-map", "cpu_maps", Word("process"), Rest("cpu_set")),
    Row(
        "cpu-affinity",
        OneOf(
            Enum("cpu_affinity.affinity", "per-core", "auto", "per-thread", "per-ccx"),
            Seq(Enum("cpu_affinity.affinity", "per-group"), Opt(Enum("cpu_affinity.argument", "auto", "loose"))),
        ),
        since="3.4",
    ),
    Row("cpu-policy", Enum("cpu_policy", *CPU_POLICIES), since="3.2"),
    Rows(
        "cpu-set",
        "cpu_set",
        OneOf(Enum("directive", "reset"), Seq(Enum("directive", *CPU_SETS), Word("set"))),
        since="3.2",
    ),
)

# 3.2 Performance tuning: limits.
LIMITS = (
    Row("maxconn", Int("performance_options.maxconn", low=1)),
    Row("maxconnrate", Int("performance_options.maxconnrate", low=1)),
    Row("maxcomprate", Int("performance_options.maxcomprate", low=1)),
    Row("maxcompcpuusage", Int("performance_options.maxcompcpuusage", low=1)),
    Row("maxpipes", Int("performance_options.maxpipes", low=1)),
    Row("maxsessrate", Int("performance_options.maxsessrate", low=1)),
    Row("maxsslconn", Int("ssl_options.maxsslconn", low=1)),
    Row("maxsslrate", Int("ssl_options.maxsslrate", low=1)),
    Row("maxzlibmem", Int("performance_options.maxzlibmem", low=1)),
)

# 3.1 Process management: pid file, statistics socket, debugging key, the built-in HTTP client.
SOCKETS = (
    Row("pidfile", Rest("pidfile")),
    STATS_SOCKET,
    Row("stats timeout", Time("stats_timeout")),
    Row("stats calculate-max-counters", Switch("stats_calculate_max_counters"), since="3.4"),
    Row("anonkey", Int("debug_options.anonkey", low=0, high=4294967295)),
    Row("httpclient.resolvers.disabled", Switch("http_client_options.resolvers_disabled")),
    Row("httpclient.resolvers.id", Word("http_client_options.resolvers_id", refers="resolvers")),
    Row("httpclient.resolvers.prefer", Enum("http_client_options.resolvers_prefer", "ipv4", "ipv6")),
    Row("httpclient.retries", Int("http_client_options.retries", low=1)),
    Row("httpclient.ssl.ca-file", Word("http_client_options.ssl_ca_file")),
    Row("httpclient.timeout.connect", Time("http_client_options.timeout_connect")),
    Row(
        "httpclient.ssl.verify",
        OneOf(Enum("http_client_options.ssl_verify", "none", "required"), Const(http_client_options__ssl_verify="")),
    ),
    Row("limited-quic", Const(limited_quic=True)),
    Row("prealloc-fd", Const(prealloc_fd=True)),
)

# 3.1 Process management: stopping, Lua, files.
FILES = (
    Row("hard-stop-after", Time("hard_stop_after")),
    Row("log-send-hostname", Const(log_send_hostname__enabled="enabled"), Opt(Token("log_send_hostname.param"))),
    Rows("lua-prepend-path", "lua_options.prepend_path", Token("path"), Opt(Enum("type", "path", "cpath"))),
    Rows("lua-load", "lua_options.loads", Token("file"), cut="load the file without arguments"),
    Row("stats-file", Word("stats_file")),
    Row("shm-stats-file", Token("shm_stats_file"), since="3.3"),
    Row("shm-stats-file-max-objects", Int("shm_stats_file_max_objects"), since="3.3"),
    Row("server-state-file", Token("performance_options.server_state_file")),
    Row("server-state-base", Token("performance_options.server_state_base")),
    Rows(
        "ssl-engine",
        "ssl_options.engines",
        Word("name"),
        OneOf(Word("algorithms", matching=r"\S+"), Const(algorithms="")),
    ),
    Row("ssl-mode-async", Const(ssl_options__mode_async="enabled")),
    Row("h1-case-adjust-file", Word("h1_case_adjust_file")),
    Rows("h1-case-adjust", "h1_case_adjust", Word("from"), Word("to")),
)

# 3.2 Performance tuning: pollers, checks, profiling.
PERFORMANCE = (
    Row("busy-polling", Const(performance_options__busy_polling=True)),
    Row("max-spread-checks", Time("performance_options.max_spread_checks")),
    Row("close-spread-time", Time("close_spread_time")),
    Row("noepoll", Const(performance_options__noepoll=True)),
    Row("nokqueue", Const(performance_options__nokqueue=True)),
    Row("noktls", Const(performance_options__noktls=True), since="3.3"),
    Row("noevports", Const(performance_options__noevports=True)),
    Row("nopoll", Const(performance_options__nopoll=True)),
    Row("nogetaddrinfo", Const(performance_options__nogetaddrinfo=True)),
    Row("noreuseport", Const(performance_options__noreuseport=True)),
    Row(
        "profiling.tasks",
        Enum("performance_options.profiling_tasks", values={"auto": "auto", "on": "enabled", "off": "disabled"}),
    ),
    Row("profiling.memory", Switch("performance_options.profiling_memory")),
    Row("spread-checks", Int("performance_options.spread_checks", low=1)),
)

# Device detection.
DEVICES = (
    Row("wurfl-data-file", Rest("wurfl_options.data_file")),
    Row("wurfl-information-list", Rest("wurfl_options.information_list"), once=ADDS_UP, alone=JOIN),
    Row("wurfl-information-list-separator", Rest("wurfl_options.information_list_separator")),
    Row("wurfl-patch-file", Rest("wurfl_options.patch_file")),
    Row("wurfl-cache-size", Int("wurfl_options.cache_size", low=1)),
)

# 3.1 Process management: all other directives.
OTHERS = (
    Row("description", Rest("description")),
    Row("expose-experimental-directives", Const(expose_experimental_directives=True)),
    Row("grace", Time("grace")),
    Row("insecure-fork-wanted", Const(insecure_fork_wanted=True)),
    Row("insecure-setuid-wanted", Const(insecure_setuid_wanted=True)),
    Row("issuers-chain-path", Rest("ssl_options.issuers_chain_path")),
    Row("h2-workaround-bogus-websocket-clients", Const(h2_workaround_bogus_websocket_clients=True)),
    Row(
        "lua-load-per-thread",
        Rest("lua_options.load_per_thread"),
        once=ADDS_UP,
        alone="load the other files from the first one",
    ),
    Row("mworker-max-reloads", Int("mworker_max_reloads")),
    Row("node", Rest("node")),
    Row("numa-cpu-mapping", Const(numa_cpu_mapping="enabled")),
    Row("no numa-cpu-mapping", Const(numa_cpu_mapping="disabled")),
    Row("pp2-never-send-local", Const(pp2_never_send_local=True)),
    Row("ulimit-n", Int("ulimit_n", low=1)),
    # The last servers of older releases have it, too; 3.2.5 drops it silently.
    Row("fd-hard-limit", Int("performance_options.fd_hard_limit"), since="3.3"),
    Row("set-dumpable", Const(set_dumpable=True)),
    Row("strict-limits", Const(strict_limits=True)),
    Row("deviceatlas-json-file", Rest("device_atlas_options.json_file")),
    Row("deviceatlas-log-level", Rest("device_atlas_options.log_level")),
    Row("deviceatlas-separator", Rest("device_atlas_options.separator")),
    Row("deviceatlas-properties-cookie", Rest("device_atlas_options.properties_cookie")),
    Row("51degrees-data-file", Word("fifty_one_degrees_options.data_file")),
    Row("51degrees-property-name-list", Rest("fifty_one_degrees_options.property_name_list"), once=ADDS_UP, alone=JOIN),
    Row("51degrees-property-separator", Rest("fifty_one_degrees_options.property_separator")),
    Row("51degrees-cache-size", Int("fifty_one_degrees_options.cache_size", low=1)),
    Row("thread-groups", Int("thread_groups", low=1)),
    Row("stats maxconn", Int("stats_maxconn")),
    Row("ssl-load-extra-files", Word("ssl_options.load_extra_files")),
    Rows("thread-group", "thread_group_lines", Word("group"), Word("num_or_range")),
    Row("quiet", Const(debug_options__quiet=True)),
    Row("zero-warning", Const(debug_options__zero_warning=True)),
    Row("setcap", Token("setcap")),
    Row("harden.reject-privileged-ports.tcp", Switch("harden.reject_privileged_ports.tcp")),
    Row("harden.reject-privileged-ports.quic", Switch("harden.reject_privileged_ports.quic")),
    Row("thread-hard-limit", Int("performance_options.thread_hard_limit")),
    Row("ssl-security-level", Int("ssl_options.security_level", low=0, high=5)),
    *(
        Rows(f"http-{word}-codes", f"http_{word}_codes", Rest("value", matching=r"[-a-zA-Z0-9 +,]+"))
        for word in ("err", "fail")
    ),
    Row("ocsp-update.disable", Switch("ocsp_update_options.disable", values=True)),
    Row(
        "ocsp-update.httpproxy",
        HostPort("ocsp_update_options.httpproxy.address", "ocsp_update_options.httpproxy.port", port_needed=False),
        raw_only=OCSP_ADDS,
    ),
    Row("ocsp-update.mindelay", Int("ocsp_update_options.mindelay"), raw_only=OCSP_ADDS),
    Row("ocsp-update.maxdelay", Int("ocsp_update_options.maxdelay"), raw_only=OCSP_ADDS),
    Row("ocsp-update.mode", Switch("ocsp_update_options.mode"), raw_only=OCSP_ADDS),
    Row("h1-accept-payload-with-any-method", Const(h1_accept_payload_with_any_method=True)),
    Row("h1-do-not-close-on-insecure-transfer-encoding", Const(h1_do_not_close_on_insecure_transfer_encoding=True)),
    Row("expose-deprecated-directives", Const(expose_deprecated_directives=True), since="3.1"),
    Row("force-cfg-parser-pause", Time("force_cfg_parser_pause"), since="3.1"),
    Row("warn-blocked-traffic-after", Time("warn_blocked_traffic_after", low=1), since="3.1"),
    Row("dns-accept-family", Token("dns_accept_family"), since="3.2"),
    Row("acme.scheduler", Enum("ssl_options.acme_scheduler", "auto", "off"), since="3.2"),
    Row("stress-level", Int("debug_options.stress_level", low=0, high=9), since="3.2"),
)

# Owner and mode of all UNIX sockets; no API object has this line.
SOCKET_FILE = "prefix mode user uid group gid"
UNIX_BIND = Aside(
    Form("unix-bind", Params(*(Key(word, Word(word)) for word in SOCKET_FILE.split()))),
    (Form("unix-bind", Loose(values=SOCKET_FILE)),),
    alone=JOIN,
)

SECTION = SectionType(
    "global",
    path="global",
    shape=Shape.SINGLETON,
    named=False,
    place=0,
    rank=0,
    asides=(UNIX_BIND,),
    rows=(
        *ENVIRONMENT,
        *PROCESS,
        *LIMITS,
        *SOCKETS,
        *TUNE,
        *TLS,
        *FILES,
        *PERFORMANCE,
        *DEVICES,
        *OTHERS,
    ),
    children=(LOG_TARGETS,),
)
