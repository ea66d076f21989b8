#!/usr/bin/env bash
# Grows fuzz/corpus from the scenarios, the bindings, the pages and the cases of the tests, and from records of plays.
set -euo pipefail
cd "$(dirname "$0")/.."
seqcheck=${SEQCHECK:-target/debug/seqcheck}
put() { # TARGET ENDING FOLDER...
    local target=$1 ending=$2
    shift 2
    mkdir -p "fuzz/corpus/$target"
    find "$@" -name "*.$ending" -size -9k -type f | while read -r file; do
        cp "$file" "fuzz/corpus/$target/$(echo "$file" | tr / _)"
    done
}
put native seq scenarios tests examples
put mermaid mmd scenarios tests examples
put plantuml puml scenarios tests examples
put markdown md docs tests examples
put bindings toml bindings tests examples

kept=$(mktemp -d)
trap 'rm -rf "$kept"' EXIT
"$seqcheck" scenarios --out "$kept" > "$kept/said" || true
mkdir -p fuzz/corpus/traces fuzz/corpus/codecs
find "$kept" -name trace.jsonl -size -30k | while read -r file; do
    cp "$file" "fuzz/corpus/traces/$(echo "${file#"$kept"/}" | tr / _)"
done
# A frame of each kind, under each codec, as text and as bytes.
frames=('{"a":[1,"b"]}' '<a b="c"><d/>e</a>' $'MSG a 1 3\r\nabc\r\n' $'MESSAGE\na:b\n\nc\x00' '42["a",{"b":1}]' $':a!b@c PRIVMSG #d :e\r\n' $'\xa1\x61a\x01' $'\x30\x05\x00\x01ab')
for codec in $(seq 0 12); do
    for text in 0 1; do
        for frame in "${!frames[@]}"; do
            first=$(printf '%02x' $((codec * 2 + text)))
            { printf "\\x$first"; printf '%s' "${frames[$frame]}"; } > "fuzz/corpus/codecs/$codec-$text-$frame"
        done
    done
done
for folder in fuzz/corpus/*; do
    printf '%6d %s\n' "$(find "$folder" -type f | wc -l)" "$folder"
done
