# conversation.bash - the client's two ends, which the checks of this lab hold.
#
#     user ---- stdin ----> +--------+ ---- TCP ----> server
#          <--- stdout ---- | client | <-------------
#                           +--------+
#
#   start_client [OPTION...] [-- HOST]   starts "client" to HOST (127.0.0.1), its stdin and stdout
#                                        held by user; the server must listen before
#   converse [OPTION...]                 the same with a server that listens and accepts; packets
#                                        are smaller than on a real network, and what fills the
#                                        kernel's buffers is not megabytes
#   rests                                the client must be asleep now, or soon
#   user COMMAND..., server COMMAND...   what either end does: client --help
# shellcheck shell=bash disable=SC2034

CLIENT=$LAB_BUILD/client
# By hand nc is the server. Not where the client's end comes first: nc -l ends with it.
ACCEPT="build/grading/client 127.1 9876 'l: listen 9876' 's: accept l'"

user() { client user "$@"; }
server() { client server "$@"; }

start_client() {
  local host=127.0.0.1 options=()
  while (( $# > 0 )) && [[ $1 != -- ]]; do
    options+=("$1")
    shift
  done
  [[ -z ${2:-} ]] || host=$2
  start client talk=user "${options[@]}" -- "$CLIENT" "$host" "$PORT"
}

converse() {
  server listen "$PORT" mss=536 && start_client "$@" && server accept server
}

# The client has nothing to do, and comes to rest. For that nobody needs long.
rests() {
  local failed=0
  patience 1 0.2
  await client busy 0 || failed=1
  patience 1 1
  return "$failed"
}

# Has this machine, or the box, an IPv6 address of its own to connect to?
has_ipv6() {
  [[ -r /proc/net/if_inet6 && $(</proc/net/if_inet6) == *00000000000000000000000000000001* ]]
}

# Does the name stand for this address in /etc/hosts?
stands_for() { # NAME ADDRESS
  local address names
  while read -r address names; do
    [[ $address != "$2" || " ${names//$'\t'/ } " != *" $1 "* ]] || return 0
  done </etc/hosts
  return 1
}

# Puts a name of both 127.0.0.1 and ::1 into REPLY. In the box there is one.
find_name_of_both() {
  for REPLY in both.test localhost; do
    ! stands_for "$REPLY" ::1 || ! stands_for "$REPLY" 127.0.0.1 || return 0
  done
  return 1
}
