# For tests/run and bench/run: installs what they need, and starts database servers of their own, each in a folder that goes
# with it. Sets `port`.
# shellcheck shell=bash

# Debian keeps servers where only root looks.
PATH=$PATH:/usr/sbin:/sbin

# What Debian calls the packages. Whoever may not install is told.
install() {
    (($#)) || return 0
    any_of apt-get && { ((EUID == 0)) || any_of sudo; } || fail "Install these first, then run this again: $*"
    as_root apt-get update
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

any_of() {
    [[ $(type -P "$@") ]]
}

as_root() {
    if ((EUID)); then sudo "$@"; else "$@"; fi
}

# Debian keeps the server's programs out of PATH, a folder for each version.
postgres_folder() {
    local initdb
    initdb=$({ type -P initdb; ls -d /usr/lib/postgresql/*/bin/initdb; } 2>/dev/null | sort -V | tail -n 1)
    [[ -z $initdb ]] || dirname "$initdb"
}

# In a cluster of its own; only whether it can listen decides whether a port is free.
start_postgres() {
    postgres=$(postgres_folder)
    cluster=$(mktemp -d)
    ((EUID)) || chown postgres "$cluster"
    as_postgres "$postgres/initdb" --pgdata data --username postgres --auth trust --locale C --encoding UTF8 --no-sync >/dev/null
    for _ in {1..10}; do
        port=$((20000 + RANDOM % 12000))
        local options="-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c max_connections=300"
        as_postgres "$postgres/pg_ctl" start --silent --wait --pgdata data --log log --options "$options" >/dev/null 2>&1 && return
    done
    cat "$cluster/log" >&2
    fail "PostgreSQL did not start"
}

# The server refuses to run as root.
as_postgres() (
    cd "$cluster"
    if ((EUID)); then "$@"; else runuser -u postgres -- "$@"; fi
)

# As the owner of its folder; Debian's package starts a server of its own, which this one leaves alone.
start_mariadb() {
    local user
    user=$( ((EUID)) && id -un || echo mysql)
    mariadb_folder=$(mktemp -d)
    ((EUID)) || chown "$user" "$mariadb_folder"
    mariadb-install-db --no-defaults --user="$user" --datadir="$mariadb_folder/data" --auth-root-authentication-method=normal --skip-test-db >/dev/null
    for _ in {1..10}; do
        port=$((20000 + RANDOM % 12000))
        set -m
        mariadbd --no-defaults --user="$user" --datadir="$mariadb_folder/data" --socket="$mariadb_folder/socket" --port="$port" --bind-address=127.0.0.1 \
            --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 --max-connections=500 >"$mariadb_folder/log" 2>&1 &
        set +m
        for _ in {1..60}; do
            kill -0 $! 2>/dev/null || break
            # Through its own socket: on the port somebody else may answer.
            mariadb-admin --no-defaults --socket="$mariadb_folder/socket" --user=root ping >/dev/null 2>&1 && return
            sleep 0.5
        done
    done
    cat "$mariadb_folder/log" >&2
    fail "MariaDB did not start"
}

stop_servers() {
    local job
    for job in $(jobs -p); do
        kill -- "-$job" 2>/dev/null || true
    done
    wait
    if [[ -f ${cluster-}/data/postmaster.pid ]]; then
        as_postgres "$postgres/pg_ctl" stop --silent --mode fast --pgdata data
    fi
    rm -rf "${cluster-}" "${mariadb_folder-}"
}

fail() {
    echo "$1" >&2
    exit 1
}
