-- Prosody with XMPP over WebSocket (RFC 7395) alone, accounts with passwords, and rooms.
run_as_root = true
data_path = "$WORK/data"
pidfile = "$WORK/prosody.pid"
log = { { levels = { min = "info" }, to = "console" } }
modules_enabled = { "saslauth", "websocket", "disco", "ping", "smacks" }
modules_disabled = { "s2s" }
authentication = "internal_plain"
allow_unencrypted_plain_auth = true
c2s_require_encryption = false
consider_websocket_secure = true
http_interfaces = { "127.0.0.1" }
http_ports = { $PORT }
https_ports = {}
http_default_host = "localhost"
c2s_ports = {}
s2s_ports = {}
smacks_hibernation_time = 30
VirtualHost "localhost"
Component "conference.localhost" "muc"
    muc_room_locking = false
    muc_room_default_history_length = 0
