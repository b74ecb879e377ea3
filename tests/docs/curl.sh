# As much of curl as the documents use, for machines without it: -H, -d, -s, -f, -o, one address.
curl() {
    local headers=() body='' out=/dev/stdout address='' fail='' method=GET
    while (($#)); do
        case $1 in
        -H) headers+=("$2"); shift ;;
        -d | --data-binary) body=$2 method=POST; shift ;;
        -o) out=$2; shift ;;
        -f | -fsS) fail=yes ;;
        -s) ;;
        *) address=${1#http://} ;;
        esac
        shift
    done
    case $body in @-) body=$(cat) ;; @*) body=$(cat "${body#@}") ;; esac
    local host=${address%%/*} path=/${address#*/} LC_ALL=C
    local port=${host#*:} status line length=
    exec 9<>"/dev/tcp/127.0.0.1/$port"
    {
        printf '%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n' "$method" "$path" "$host"
        for line in "${headers[@]}"; do printf '%s\r\n' "$line"; done
        printf 'Content-Length: %s\r\n\r\n%s' "${#body}" "$body"
    } >&9
    read -r _ status _ <&9
    while IFS= read -r line <&9; do
        line=${line%$'\r'}
        [ -n "$line" ] || break
        case ${line,,} in transfer-encoding:*chunked*) length=chunked ;; esac
    done
    if [ "$length" = chunked ]; then
        while IFS= read -r line <&9; do
            line=${line%$'\r'}
            ((16#$line)) || break
            head -c "$((16#$line))" <&9
            IFS= read -r line <&9
        done >"$out"
    else
        cat <&9 >"$out"
    fi
    exec 9>&-
    [ -z "$fail" ] || [ "$status" -lt 400 ]
}
