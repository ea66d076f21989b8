# What suites share; to be sourced: . "$(dirname "$0")/../lib.sh"
#
#   install_npm                       the packages of this folder's package-lock.json, into the cache; sets NODE_PATH
#   port=$(free_port)                 a port of 127.0.0.1 on which nothing listens
#   serve READY COMMAND...            starts a server in a process group of its own, which ends with the suite. READY is a
#                                     port that accepts connections, `line:TEXT` of its output, or `url:URL` that answers
#   check ARGUMENTS...                seqcheck with these; its output is shown
#   many TARGET PATH...               the scenarios $E2E_TIMES times, side by side, on the same server; and once more, to judge
#                                     what is kept of them without it
#   faults TARGET_PORT [URL_TAIL]     (or tcp:TARGET_PORT, for a plain stream of bytes) plays through the relay what the file `faults` of this folder lists; `{at}` in the tail
#                                     is 1 to 4 in turn, 2 first
#   child_faults COMMAND [FILE WORD]  plays what FILE (`faults`) lists against a server that is launched: COMMAND, and its fault behind it;
#                                     WORD says how it is spoken with (`stdio:`)
#   pages FOLDER SERVER ARGUMENTS...  pages of a specification, as they are published, where they lie beside the checkout: the file
#                                     `pages/list` says which, what SERVER gets as argument, and further arguments
#
# The current folder is the suite's own; $work is a temporary folder.
set -euo pipefail
cd "$(dirname "$0")"
suite=$(basename "$PWD")
: "${SEQCHECK:?run this through e2e/run}" "${E2E_RELAY:?}" "${E2E_CACHE:?}" "${E2E_SERVERS:?}" "${E2E_TIMES:=20}"

work=$(mktemp -d)
groups=()

# Whatever happens, nothing is left running and nothing is left behind.
cleanup() {
    local status=$?
    trap - EXIT
    for group in ${groups[@]+"${groups[@]}"}; do kill -TERM -- "-$group" 2>/dev/null || true; done
    for group in ${groups[@]+"${groups[@]}"}; do
        for _ in $(seq 100); do kill -0 -- "-$group" 2>/dev/null || break; pause; done
        kill -KILL -- "-$group" 2>/dev/null || true
    done
    if [ "$status" != 0 ]; then
        for log in "$work"/server-*.log; do
            [ -e "$log" ] && { printf -- '-- the end of %s\n' "$(basename "$log")"; tail -n 40 "$log"; }
        done >>"$E2E_SERVERS"
        printf -- '-- %s ended with %s%s\n' "$suite" "$status" "${place:+ in $place}"
    fi
    rm -rf "$work"
    exit "$status"
}
trap cleanup EXIT
# Where the suite ended: the innermost line that failed, and what it was called from.
place=
failed_at() {
    local depth
    [ -z "$place" ] || return 0
    place="line $1: $2"
    for ((depth = 1; depth < ${#FUNCNAME[@]} - 1; depth++)); do
        place+="; called in line ${BASH_LINENO[depth]}"
    done
}
set -E
trap 'failed_at "$LINENO" "$BASH_COMMAND"' ERR
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# A moment between two looks at a condition; never a wait by itself.
exec {never}<> <(:)
pause() { read -r -t 0.05 -u "$never" || true; }

free_port() { "$E2E_RELAY" free-port; }

accepts() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Whether a GET of http://127.0.0.1:PORT/PATH is answered with 2xx or 3xx.
answers() {
    local rest=${1#http://127.0.0.1:} status
    status=$(
        exec 2>/dev/null 3<>"/dev/tcp/127.0.0.1/${rest%%/*}" || exit 0
        printf 'GET /%s HTTP/1.0\r\nHost: localhost\r\n\r\n' "${rest#*/}" >&3
        read -r -t 2 _ status _ <&3 && echo "$status"
    ) || true
    case $status in 2* | 3*) return 0 ;; *) return 1 ;; esac
}

install_npm() {
    local folder key
    key=$(cat package.json package-lock.json | sha256sum | cut -c1-16)
    folder=$E2E_CACHE/npm-$suite-$key
    if [ ! -d "$folder/node_modules" ]; then
        rm -rf "$folder.new" && mkdir -p "$folder.new"
        cp package.json package-lock.json "$folder.new/"
        # A registry may have a bad moment; npm itself gives up on some answers at once.
        for try in 1 2 3; do
            if (cd "$folder.new" && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error); then break; fi
            [ "$try" -lt 3 ] || { echo "npm ci failed $try times in $suite"; return 1; }
            printf -- '-- npm ci failed, once more\n'
            pause
        done
        mv "$folder.new" "$folder"
    fi
    export NODE_PATH=$folder/node_modules
}

serve() {
    local ready=$1 log group
    shift
    log=$work/server-${#groups[@]}.log
    : >"$log"
    setsid "$@" >"$log" 2>&1 </dev/null {never}>&- &
    group=$!
    groups+=("$group")
    for _ in $(seq 1200); do
        case $ready in
            url:*) if answers "${ready#url:}"; then return; fi ;;
            line:*) if grep -qF -- "${ready#line:}" "$log"; then return; fi ;;
            *) if accepts "$ready"; then return; fi ;;
        esac
        kill -0 "$group" 2>/dev/null || { echo "the server ended before it was ready: $*"; return 1; }
        pause
    done
    echo "the server was not ready within a minute: $*"
    return 1
}

check() {
    printf -- '$ seqcheck %s\n' "$*"
    "$SEQCHECK" "$@"
}

# Side by side in both senses: several programs at once, and several scenarios in each. `{at}` in the target is 1 to 4, for
# servers on which plays would meet; then each program plays one scenario at a time.
many() {
    local target=$1 each=$(((E2E_TIMES + 3) / 4)) jobs=4 failed=0 at
    local -a running=()
    shift
    case $target in *'{at}'*) jobs=1 ;; esac
    printf -- '$ seqcheck %s --target %s --repeat %s, four at once\n' "$*" "$target" "$each"
    for at in 1 2 3 4; do
        "$SEQCHECK" "$@" --target "${target//'{at}'/$at}" --repeat "$each" --jobs "$jobs" --seed "$at" -q \
            >"$work/many-$at" 2>&1 &
        running+=($!)
    done
    for at in 1 2 3 4; do
        if wait "${running[at - 1]}"; then tail -n 1 "$work/many-$at"; else failed=$at; fi
    done
    [ "$failed" = 0 ] || { cat "$work/many-$failed"; return 1; }
    judged_again "${target//'{at}'/1}" "$@"
}

# What is kept of a play is judged as the play was: without a server, by the record alone.
judged_again() {
    local target=$1 file
    shift
    "$SEQCHECK" "$@" --target "$target" --jobs 1 --out "$work/kept" -q >"$work/kept.txt" 2>&1 || { cat "$work/kept.txt"; return 1; }
    for file in "$@"; do
        "$SEQCHECK" judge "$file" "$work/kept/${file#./}/trace.jsonl" >"$work/judged.txt" 2>&1 ||
            { printf 'judged again, %s does not pass:\n' "$file"; cat "$work/judged.txt"; return 1; }
    done
    printf 'judged again: %s traces\n' $#
}

# Each line of `faults`: SCENARIO CLASS LINE FAULT..., the fault as the relay takes it. The first finding must have this
# class and stand at this line.
faults() {
    local port=${1#tcp:} tail=${2:-} file class line fault through status told count=0 scheme=ws
    local -a mode=()
    case $1 in tcp:*) scheme=tcp mode=(stream) ;; esac
    while read -r file class line fault; do
        case $file in '' | '#'*) continue ;; esac
        # On a plain stream a message is what the server writes at once: what follows it may be in it.
        case $scheme:$fault in tcp:swap*) continue ;; esac
        through=$(free_port)
        eval "set -- $fault"
        serve "$through" "$E2E_RELAY" ${mode[@]+"${mode[@]}"} "$through" "$port" "$@"
        status=0
        "$SEQCHECK" "$file" --target "$scheme://127.0.0.1:$through${tail//'{at}'/$(((count + 1) % 4 + 1))}" --timeout 3s \
            --report github="$work/found" \
            >"$work/told" 2>&1 || status=$?
        told=$(head -n 1 "$work/found" 2>/dev/null | tr -d "\000" || true)
        case "$status $told" in
            "1 ::error file=$file,line=$line,title="*"%3A ${class//-/ }::"*) ;;
            # Of two that changed places either may be said to be out of order; the other is named beside it.
            "1 ::error file=$file,line="*",title="*"%3A reordered::"*)
                if [ "$class" != reordered ] || ! grep -Eq "(^ *| line )$line( |,|:|$)" "$work/told"; then
                    printf 'the fault `%s` in %s should be found as %s in line %s; this instead:\n' "$fault" "$file" "$class" "$line"
                    cat "$work/told"
                    return 1
                fi
                ;;
            *)
                printf 'the fault `%s` in %s should be found as %s in line %s; exit code %s and this instead:\n%s\n' \
                    "$fault" "$file" "$class" "$line" "$status" "$told"
                cat "$work/told"
                return 1
                ;;
        esac
        printf 'found: %s in line %s of %s: %s\n' "$class" "$line" "$file" "$fault"
        count=$((count + 1))
    done <faults
    [ "$count" -ge 3 ] || { echo "only $count faults are tested"; return 1; }
}

# Each line of `faults`: SCENARIO CLASS LINE FAULT, for servers that are launched: the fault is their argument.
child_faults() {
    local file class line fault status told list=${2:-faults} word=${3:-stdio:}
    while read -r file class line fault; do
        case $file in '' | '#'*) continue ;; esac
        status=0
        "$SEQCHECK" "$file" --target "$word exec $1 $fault" --timeout 3s --report github="$work/found" \
            >"$work/told" 2>&1 || status=$?
        told=$(head -n 1 "$work/found" 2>/dev/null || true)
        case "$status $told" in
            "1 ::error file=$file,line=$line,title="*"%3A ${class//-/ }::"*)
                printf 'found: %s in line %s: %s\n' "$class" "$line" "$fault"
                ;;
            *)
                printf 'a server with %s should fail as %s in line %s; exit code %s and this instead:\n' "$fault" "$class" "$line" "$status"
                cat "$work/told"
                return 1
                ;;
        esac
    done <"$list"
}

# Each line of `pages/list`: PAGES WORD ARGUMENTS..., where PAGES may have braces, WORD is the argument of the server, and the
# arguments are those of seqcheck; or `! PAGES REASON` of pages that are left out. With $E2E_PAGES a table of all is added to that file.
pages() {
    local folder=${SEQCHECK_CORPUS:-}/agents/$1 server=$2 names word more name
    local -a files own
    local -A outcome=()
    shift 2
    if [ ! -d "$folder" ]; then
        printf 'left out: the pages of the specification are not beside the checkout\n'
        return
    fi
    while read -r names word more; do
        case $names in '' | '#'*) continue ;; esac
        if [ "$names" = ! ]; then
            for name in $(eval "echo $word"); do outcome[$name]=$more; done
            continue
        fi
        files=()
        for name in $(eval "echo $names"); do
            files+=("$folder/docs--$name.mdx")
            outcome[$name]=passes
        done
        eval "own=($more)"
        check "${files[@]}" --target "stdio: exec $server $word" --jobs 4 "$@" ${own[@]+"${own[@]}"} </dev/null
    done <pages/list
    [ -z "${E2E_PAGES:-}" ] || pages_told
}

# The rows of the table, for `pages`: a page that is not played and has no reason in the list has the first one that seqcheck
# gives, a label without a rule before all others.
pages_told() {
    local file name why
    for file in "$folder"/*.md*; do
        name=$(basename "${file%.md*}")
        why=${outcome[${name#docs--}]:-}
        if [ -z "$why" ]; then
            "$SEQCHECK" lint "$file" --binding "$suite" >"$work/linted" 2>&1 || true
            why=$({ grep '^error.*has no rule' "$work/linted" || grep '^error' "$work/linted" || grep '^note.SQ118' "$work/linted" || true; } | head -n 1)
            why=${why#*]: }
        fi
        printf '| %s: `%s` | %s |\n' "${suite^^}" "${name//--//}" "${why//|/\\|}"
    done >>"$E2E_PAGES"
}
