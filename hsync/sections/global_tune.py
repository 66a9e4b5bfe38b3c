"""global: performance tuning and TLS defaults. Manual chapters 3.2 and 3.1; API /global.

Rule: a size cannot be zero: the server does not write a zero.
"""

from hsync.schema import Const, Csv, Enum, Int, Rest, Row, Size, Switch, Time, Word

__all__ = ["ADDS_UP", "JOIN", "TLS", "TUNE"]

ADDS_UP = "HAProxy obeys all lines of this keyword, but the server keeps only one"
JOIN = "merge the lines"
UNREAD = "the server writes this line but cannot read it"

# Buffers, applets, events.
BUFFERS = (
    Row("tune.applet.zero-copy-forwarding", Switch("tune_options.applet_zero_copy_forwarding")),
    Row("tune.buffers.limit", Int("tune_buffer_options.buffers_limit")),
    Row("tune.buffers.reserve", Int("tune_buffer_options.buffers_reserve", low=2)),
    Row("tune.bufsize", Size("tune_buffer_options.bufsize", low=1)),
    Row("tune.bufsize.small", Size("tune_buffer_options.bufsize_small", low=1), since="3.1"),
    Row("tune.bufsize.large", Size("tune_buffer_options.bufsize_large", low=1), since="3.4"),
    Row("tune.cli.max-payload-size", Size("tune_options.cli_max_payload_size", low=1), since="3.4"),
    Row("tune.comp.maxlevel", Int("tune_options.comp_maxlevel", low=1)),
    Row("tune.defaults.purge", Const(tune_options__defaults_purge=True), since="3.4"),
    Row("tune.disable-zero-copy-forwarding", Const(tune_options__disable_zero_copy_forwarding=True)),
    Row("tune.disable-fast-forward", Const(tune_options__disable_fast_forward=True), since="3.1"),
    Row("tune.epoll.mask-events", Csv("tune_options.epoll_mask_events", only=("err", "hup", "rdhup")), since="3.2"),
    Row("tune.events.max-events-at-once", Int("tune_options.events_max_events_at_once", low=1, high=10000)),
    Row("tune.fail-alloc", Const(tune_options__fail_alloc=True)),
    Row(
        "tune.glitches.kill.cpu-usage",
        Int("tune_options.glitches_kill_cpu_usage", low=0, high=100),
        raw_only=UNREAD,
        since="3.2",
    ),
    Row("tune.fd.edge-triggered", Switch("tune_options.fd_edge_triggered")),
)

# HTTP/1 and HTTP/2.
HTTP = (
    Row("tune.h1.be.glitches-threshold", Int("tune_options.h1_be_glitches_threshold", low=1), since="3.4"),
    Row("tune.h1.fe.glitches-threshold", Int("tune_options.h1_fe_glitches_threshold", low=1), since="3.4"),
    Row("tune.h1.zero-copy-fwd-recv", Switch("tune_options.h1_zero_copy_fwd_recv")),
    Row("tune.h1.zero-copy-fwd-send", Switch("tune_options.h1_zero_copy_fwd_send")),
    Row("tune.h2.be.glitches-threshold", Int("tune_options.h2_be_glitches_threshold")),
    Row("tune.h2.be.initial-window-size", Int("tune_options.h2_be_initial_window_size", low=1)),
    Row("tune.h2.be.max-concurrent-streams", Int("tune_options.h2_be_max_concurrent_streams", low=1)),
    Row("tune.h2.be.max-frames-at-once", Int("tune_options.h2_be_max_frames_at_once", low=1), since="3.4"),
    Row("tune.h2.be.rxbuf", Size("tune_options.h2_be_rxbuf", low=1), since="3.1"),
    Row("tune.h2.fe.glitches-threshold", Int("tune_options.h2_fe_glitches_threshold")),
    Row("tune.h2.fe.initial-window-size", Int("tune_options.h2_fe_initial_window_size", low=1)),
    Row("tune.h2.fe.max-concurrent-streams", Int("tune_options.h2_fe_max_concurrent_streams", low=1)),
    Row("tune.h2.fe.max-frames-at-once", Int("tune_options.h2_fe_max_frames_at_once", low=1), since="3.4"),
    Row("tune.h2.fe.max-rst-at-once", Int("tune_options.h2_fe_max_rst_at_once", low=1), since="3.4"),
    Row("tune.h2.fe.max-total-streams", Int("tune_options.h2_fe_max_total_streams")),
    Row("tune.h2.fe.rxbuf", Size("tune_options.h2_fe_rxbuf", low=1), since="3.1"),
    Row("tune.h2.header-table-size", Int("tune_options.h2_header_table_size", low=1, high=65535)),
    Row("tune.h2.initial-window-size", Int("tune_options.h2_initial_window_size")),
    Row("tune.h2.log-errors", Enum("tune_options.h2_log_errors", "none", "connection", "stream"), since="3.4"),
    Row("tune.h2.max-concurrent-streams", Int("tune_options.h2_max_concurrent_streams", low=1)),
    Row("tune.h2.max-frame-size", Int("tune_options.h2_max_frame_size", low=1)),
    Row("tune.h2.zero-copy-fwd-send", Switch("tune_options.h2_zero_copy_fwd_send")),
    Row("tune.http.cookielen", Int("tune_options.http_cookielen", low=1)),
    Row("tune.http.logurilen", Int("tune_options.http_logurilen", low=1)),
    Row("tune.http.maxhdr", Int("tune_options.http_maxhdr", low=1, high=32767)),
)

# Connections, binds, Lua.
SOCKETS = (
    Row("tune.idle-pool.shared", Switch("tune_options.idle_pool_shared")),
    Row("tune.idletimer", Time("tune_options.idletimer", high=65535)),
    Row(
        "tune.listener.default-shards",
        Enum("tune_options.listener_default_shards", "by-process", "by-thread", "by-group"),
    ),
    Row("tune.listener.multi-queue", Switch("tune_options.listener_multi_queue")),
    Row(
        "tune.lua.bool-sample-conversion",
        Enum("tune_lua_options.bool_sample_conversion", "normal", "pre-3.1-bug"),
        since="3.2",
    ),
    Row("tune.lua.forced-yield", Int("tune_lua_options.forced_yield", low=1)),
    Row("tune.lua.maxmem", Int("tune_lua_options.maxmem")),
    Row("tune.lua.openlibs", Word("tune_lua_options.openlibs"), since="3.4"),
    Row("tune.lua.session-timeout", Time("tune_lua_options.session_timeout")),
    Row("tune.lua.burst-timeout", Time("tune_lua_options.burst_timeout")),
    Row("tune.lua.task-timeout", Time("tune_lua_options.task_timeout")),
    Row("tune.lua.service-timeout", Time("tune_lua_options.service_timeout")),
    Row("tune.lua.log.loggers", Switch("tune_lua_options.log_loggers")),
    Row(
        "tune.lua.log.stderr",
        Enum("tune_lua_options.log_stderr", values={"auto": "auto", "on": "enabled", "off": "disabled"}),
    ),
)

# Limits for each run of the event loop, memory, sockets.
LOOP = (
    Row("tune.max-checks-per-thread", Int("tune_options.max_checks_per_thread")),
    Row("tune.max-rules-at-once", Int("tune_options.max_rules_at_once"), since="3.2"),
    Row("tune.maxaccept", Int("tune_options.maxaccept", low=1)),
    Row("tune.maxpollevents", Int("tune_options.maxpollevents", low=1)),
    Row("tune.maxrewrite", Int("tune_options.maxrewrite", low=1)),
    Row("tune.memory.hot-size", Int("tune_options.memory_hot_size")),
    Row("tune.notsent-lowat.client", Size("tune_options.notsent_lowat_client", low=1), since="3.2"),
    Row("tune.notsent-lowat.server", Size("tune_options.notsent_lowat_server", low=1), since="3.2"),
    Row("tune.pattern.cache-size", Int("tune_options.pattern_cache_size")),
    Row("tune.peers.max-updates-at-once", Int("tune_options.peers_max_updates_at_once", low=1)),
    Row("tune.pipesize", Size("tune_buffer_options.pipesize", low=1)),
    Row("tune.pool-high-fd-ratio", Int("tune_options.pool_high_fd_ratio", low=1)),
    Row("tune.pool-low-fd-ratio", Int("tune_options.pool_low_fd_ratio", low=1)),
    Row("tune.pt.zero-copy-forwarding", Switch("tune_options.pt_zero_copy_forwarding")),
    Row("tune.rcvbuf.backend", Size("tune_buffer_options.rcvbuf_backend", low=1)),
    Row("tune.rcvbuf.client", Size("tune_buffer_options.rcvbuf_client", low=1)),
    Row("tune.rcvbuf.frontend", Size("tune_buffer_options.rcvbuf_frontend", low=1)),
    Row("tune.rcvbuf.server", Size("tune_buffer_options.rcvbuf_server", low=1)),
    Row("tune.recv_enough", Size("tune_buffer_options.recv_enough", low=1)),
    Row("tune.renice.runtime", Int("tune_options.renice_runtime", low=-20, high=19), since="3.1"),
    Row("tune.renice.startup", Int("tune_options.renice_startup", low=-20, high=19), since="3.1"),
    Row("tune.ring.queues", Int("tune_options.ring_queues")),
    Row("tune.runqueue-depth", Int("tune_options.runqueue_depth", low=1)),
    Row("tune.sched.low-latency", Switch("tune_options.sched_low_latency")),
    Row("tune.sndbuf.backend", Size("tune_buffer_options.sndbuf_backend", low=1)),
    Row("tune.sndbuf.client", Size("tune_buffer_options.sndbuf_client", low=1)),
    Row("tune.sndbuf.frontend", Size("tune_buffer_options.sndbuf_frontend", low=1)),
    Row("tune.sndbuf.server", Size("tune_buffer_options.sndbuf_server", low=1)),
)

# TLS, stick counters, variables.
SSL_TUNE = (
    Row("tune.ssl.cachesize", Int("tune_ssl_options.cachesize")),
    Row("tune.ssl.force-private-cache", Const(tune_ssl_options__force_private_cache=True)),
    Row("tune.ssl.keylog", Switch("tune_ssl_options.keylog")),
    # Without a unit HAProxy reads seconds, and the server milliseconds.
    Row("tune.ssl.lifetime", Time("tune_ssl_options.lifetime", bare="")),
    Row("tune.ssl.maxrecord", Int("tune_ssl_options.maxrecord")),
    Row("tune.ssl.default-dh-param", Int("tune_ssl_options.default_dh_param", low=1)),
    Row("tune.ssl.ssl-ctx-cache-size", Int("tune_ssl_options.ctx_cache_size", low=1)),
    Row("tune.ssl.capture-buffer-size", Int("tune_ssl_options.capture_buffer_size")),
    Row(
        "tune.ssl.certificate-compression",
        Enum("tune_ssl_options.certificate_compression", values={"auto": "auto", "off": "disabled"}),
        since="3.4",
    ),
    Row("tune.ssl.ocsp-update.maxdelay", Int("tune_ssl_options.ocsp_update_max_delay")),
    Row("tune.ssl.ocsp-update.mindelay", Int("tune_ssl_options.ocsp_update_min_delay")),
    Row("tune.stick-counters", Int("tune_options.stick_counters")),
    Row(
        "tune.takeover-other-tg-connections",
        Enum("tune_options.takeover_other_tg_connections", "none", "restricted", "full"),
        since="3.2",
    ),
    Row("tune.vars.global-max-size", Size("tune_vars_options.global_max_size", low=1)),
    Row("tune.vars.proc-max-size", Size("tune_vars_options.proc_max_size", low=1)),
    Row("tune.vars.reqres-max-size", Size("tune_vars_options.reqres_max_size", low=1)),
    Row("tune.vars.sess-max-size", Size("tune_vars_options.sess_max_size", low=1)),
    Row("tune.vars.txn-max-size", Size("tune_vars_options.txn_max_size", low=1)),
)

# QUIC, compression.
QUIC = (
    Row("tune.quic.frontend.conn-tx-buffers.limit", Int("tune_quic_options.frontend_conn_tx_buffers_limit")),
    Row("tune.quic.frontend.max-idle-timeout", Time("tune_quic_options.frontend_max_idle_timeout")),
    Row("tune.quic.frontend.max-streams-bidi", Int("tune_quic_options.frontend_max_streams_bidi")),
    Row("tune.quic.frontend.max-tx-mem", Size("tune_quic_options.frontend_max_tx_memory", low=1), since="3.2"),
    Row("tune.quic.fe.stream.max-total", Int("tune_quic_options.frontend_stream_max_total"), since="3.4"),
    Row("tune.quic.max-frame-loss", Int("tune_quic_options.max_frame_loss")),
    Row("tune.quic.reorder-ratio", Int("tune_quic_options.reorder_ratio", low=0, high=100)),
    Row("tune.quic.retry-threshold", Int("tune_quic_options.retry_threshold")),
    Row("tune.quic.zero-copy-fwd-send", Switch("tune_quic_options.zero_copy_fwd_send")),
    Row("tune.quic.socket-owner", Enum("tune_quic_options.socket_owner", "listener", "connection")),
    Row("no-quic", Const(no_quic=True)),
    Row("cluster-secret", Word("cluster_secret", secret=True)),
    Row("tune.zlib.memlevel", Int("tune_zlib_options.memlevel", low=1, high=9)),
    Row("tune.zlib.windowsize", Int("tune_zlib_options.windowsize", low=8, high=15)),
)

# 3.1: defaults of TLS on both sides.
TLS = (
    Row("ssl-default-bind-options", Rest("ssl_options.default_bind_options"), once=ADDS_UP, alone=JOIN),
    Row("ssl-default-bind-sigalgs", Rest("ssl_options.default_bind_sigalgs")),
    Row("ssl-default-bind-ciphers", Word("ssl_options.default_bind_ciphers")),
    Row("ssl-default-bind-ciphersuites", Word("ssl_options.default_bind_ciphersuites")),
    Row("ssl-default-server-options", Rest("ssl_options.default_server_options"), once=ADDS_UP, alone=JOIN),
    Row("ssl-default-server-ciphers", Word("ssl_options.default_server_ciphers")),
    Row("ssl-default-server-ciphersuites", Word("ssl_options.default_server_ciphersuites")),
    Row("ssl-default-server-client-sigalgs", Word("ssl_options.default_server_client_sigalgs")),
    Row("ssl-default-server-curves", Word("ssl_options.default_server_curves")),
    Row("ssl-default-server-sigalgs", Word("ssl_options.default_server_sigalgs")),
    Row("ssl-default-bind-client-sigalgs", Word("ssl_options.default_bind_client_sigalgs")),
    Row("ssl-default-bind-curves", Word("ssl_options.default_bind_curves")),
    Row("ssl-dh-param-file", Word("ssl_options.dh_param_file")),
    Row("ssl-passphrase-cmd", Rest("ssl_options.passphrase_cmd"), since="3.3"),
    Row("ssl-propquery", Word("ssl_options.propquery")),
    Row(
        "ssl-provider",
        Word("ssl_options.provider"),
        once=ADDS_UP,
        alone="name all providers in the configuration file of OpenSSL",
    ),
    Row("ssl-provider-path", Word("ssl_options.provider_path")),
    Row("ssl-server-verify", Enum("ssl_options.server_verify", "none", "required")),
    Row("ssl-skip-self-issued-ca", Const(ssl_options__skip_self_issued_ca=True)),
)

TUNE = (*BUFFERS, *HTTP, *SOCKETS, *LOOP, *SSL_TUNE, *QUIC)
