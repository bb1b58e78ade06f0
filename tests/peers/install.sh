#!/bin/sh
# Installs what the build and the tests need and this machine lacks (Debian 12). Says first what it will install; leaves
# nothing enabled or running. As root it just does it; else sudo is asked once; with neither, it prints the line and stops.
#   install.sh build   what the build needs
#   install.sh test    that, and the servers and phones that the tests talk to
#   install.sh bench   that, and the clients that the benches compare with
set -eu
cd "$(dirname "$0")/../.."

build="build-essential cmake pkg-config libasound2-dev"
test="prosody prosody-modules lua-sec lua-event kamailio kamailio-tls-modules baresip sip-tester dnsmasq-base nginx
      gnome-keyring dbus-daemon libsecret-tools keyutils espeak-ng sox pulseaudio pulseaudio-utils libasound2-plugins python3-venv python3-dev
      iproute2 procps bind9-dnsutils curl tftp-hpa atftp"
bench="mcabber profanity poezio"
case "${1:-test}" in
    build) wanted=$build ;;
    test) wanted="$build $test" ;;
    bench) wanted="$build $test $bench" ;;
    *) echo "usage: install.sh build|test|bench" >&2; exit 2 ;;
esac

missing=""
for package in $wanted; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
done

if [ -n "$missing" ]; then
    echo "These Debian packages are missing and will be installed:$missing"
    if [ "$(id -u)" = 0 ]; then
        as_root=""
    elif command -v sudo >/dev/null 2>&1 && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
        as_root="sudo"
    else
        echo "That needs root, and there is no sudo to ask. Have this run, then try again:" >&2
        echo "  apt-get install --no-install-recommends$missing" >&2
        exit 1
    fi
    # Debian starts daemons when it installs them, unless this file says no. It goes again if it was not there.
    $as_root sh -eu -s -- $missing <<'ROOT'
policy=/usr/sbin/policy-rc.d
made=""
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod 755 "$policy"
    made=yes
fi
trap '[ -z "$made" ] || rm -f "$policy"' EXIT
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends "$@"
# Not started is not enough: what we brought must not start at the next boot either.
if command -v systemctl >/dev/null 2>&1; then
    for service in prosody kamailio dnsmasq nginx; do
        case " $* " in *" $service"*) systemctl disable --quiet "$service" 2>/dev/null || true ;; esac
    done
    # These would start with each user's session.
    for service in gnome-keyring pulseaudio; do
        case " $* " in *" $service "*)
            for unit in "$service.service" "$service.socket" "$service-daemon.service" "$service-daemon.socket"; do
                systemctl --global disable --quiet "$unit" 2>/dev/null || true
            done ;;
        esac
    done
fi
ROOT
fi

if [ "${1:-test}" != build ]; then
    pins=tests/peers/requirements.txt
    if ! cmp -s "$pins" .venv/installed.txt; then
        echo "The tests' Python tools will be installed into .venv: $(grep -v '^#' "$pins" | tr '\n' ' ')"
        rm -rf .venv
        /usr/bin/python3 -m venv .venv
        .venv/bin/pip install --quiet --disable-pip-version-check -r "$pins"
        cp "$pins" .venv/installed.txt
    fi
fi
