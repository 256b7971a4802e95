#!/bin/sh
# Debian 13's RabbitMQ 4.0 in a folder of its own, for private nodes beside Debian 12's 3.10 (as root).
#
#   scripts/debian13.sh FOLDER              install it there, and make it see this checkout and /tmp
#   scripts/debian13.sh FOLDER run CMD …    run CMD with private nodes from there (and a private PostgreSQL)
#   scripts/debian13.sh FOLDER remove       undo all of it
set -eu
folder=$(realpath -m "${1:?a folder to install Debian 13 in}")
shift
checkout=$(cd "$(dirname "$0")/.." && pwd)

install() {
    [ -x "$folder/usr/lib/rabbitmq/bin/rabbitmq-server" ] && return
    command -v debootstrap >/dev/null || apt-get install -y --no-install-recommends debootstrap
    debootstrap --variant=minbase --include=rabbitmq-server trixie "$folder"
}

bind() { # the nodes' data lie in the checkout or in /tmp, under the same names inside as outside
    for place in /proc /dev /tmp "$checkout"; do
        mkdir -p "$folder$place"
        mountpoint -q "$folder$place" || mount --bind "$place" "$folder$place"
    done
}

unbind() {
    for place in "$checkout" /tmp /dev /proc; do
        ! mountpoint -q "$folder$place" || umount "$folder$place"
    done
}

case "${1:-install}" in
install) install && bind ;;
run)
    shift
    install && bind
    export CPAS_ONEM_TEST_SERVICES=private CPAS_ONEM_TEST_RABBITMQ_ROOT="$folder"
    cd "$checkout"
    exec .venv/bin/python scripts/services.py run -- "$@"
    ;;
remove) unbind && rm -rf --one-file-system "$folder" ;;
*) sed -n '2,6p' "$0" && exit 2 ;;
esac
