# bash completion of pjterm; generated, see: pjterm completions show bash
# Works with bash 3.2 and newer; needs no other package. Commands and options are written out here, so TAB
# starts no program; only profile names and terminal aliases are asked of pjterm.

_pjterm_at() {
    case $_pjterm_path in
    '')
        _pjterm_commands='charge resume cancel status follow accounts sign prompt input read why explain receipt signature dispute refund void tip report close reconcile doctor log help schema probe requests terminals journal transactions settlements deposits profiles completions simulator relay events webhooks'
        _pjterm_options='--profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'charge')
        _pjterm_commands=''
        _pjterm_options='--terminal --account --key --timeout --no-wait --until --via --wait-busy --force --over --cancel-on-timeout --yes --by --dry-run --tax --shipping --surcharge --invoice --po --note --ask-tip --keyed --receipt-prompt --no-receipt-prompt --signature-prompt --no-signature-prompt --another-card --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-t --terminal --account -k --key --timeout --until --via --wait-busy --over --by --tax --shipping --surcharge --invoice --po --note -p --profile -o --output'
        ;;
    'resume')
        _pjterm_commands=''
        _pjterm_options='--timeout --until --via --clear-terminal --settle --transaction --not-charged --yes --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='--timeout --until --via --settle --transaction -p --profile -o --output'
        ;;
    'cancel')
        _pjterm_commands=''
        _pjterm_options='--terminal --request --any --timeout --until --via --yes --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-t --terminal --request --timeout --until --via -p --profile -o --output'
        ;;
    'status')
        _pjterm_commands=''
        _pjterm_options='--profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'follow')
        _pjterm_commands=''
        _pjterm_options='--timeout --until --via --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='--timeout --until --via -p --profile -o --output'
        ;;
    'accounts')
        _pjterm_commands=''
        _pjterm_options='--profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'sign')
        _pjterm_commands=''
        _pjterm_options='--terms-file --save --terminal --account --key --timeout --no-wait --until --via --wait-busy --force --over --cancel-on-timeout --yes --by --dry-run --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='--terms-file --save -t --terminal --account -k --key --timeout --until --via --wait-busy --over --by -p --profile -o --output'
        ;;
    'prompt')
        _pjterm_commands=''
        _pjterm_options='--button --expect --terminal --account --key --timeout --no-wait --until --via --wait-busy --force --over --cancel-on-timeout --yes --by --dry-run --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-b --button --expect -t --terminal --account -k --key --timeout --until --via --wait-busy --over --by -p --profile -o --output'
        ;;
    'input')
        _pjterm_commands=''
        _pjterm_options='--type --terminal --account --key --timeout --no-wait --until --via --wait-busy --force --over --cancel-on-timeout --yes --by --dry-run --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='--type -t --terminal --account -k --key --timeout --until --via --wait-busy --over --by -p --profile -o --output'
        ;;
    'read')
        _pjterm_commands=''
        _pjterm_options='--terminal --account --key --timeout --no-wait --until --via --wait-busy --force --over --cancel-on-timeout --yes --by --dry-run --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-t --terminal --account -k --key --timeout --until --via --wait-busy --over --by -p --profile -o --output'
        ;;
    'why')
        _pjterm_commands=''
        _pjterm_options='--raw --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'explain')
        _pjterm_commands=''
        _pjterm_options='--profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'receipt')
        _pjterm_commands=''
        _pjterm_options='--save --email --reply-to --ask-signature --thermal --fullpage --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='--save --email --reply-to -p --profile -o --output'
        ;;
    'signature')
        _pjterm_commands=''
        _pjterm_options='--save --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='--save -p --profile -o --output'
        ;;
    'dispute')
        _pjterm_commands=''
        _pjterm_options='--case --signed --out --force --yes --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='--case --signed --out -p --profile -o --output'
        ;;
    'refund')
        _pjterm_commands=''
        _pjterm_options='--transaction --tip --terminal --account --key --timeout --no-wait --until --via --wait-busy --force --over --cancel-on-timeout --yes --by --dry-run --tax --shipping --surcharge --invoice --po --note --ask-tip --keyed --receipt-prompt --no-receipt-prompt --signature-prompt --no-signature-prompt --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='--transaction --tip -t --terminal --account -k --key --timeout --until --via --wait-busy --over --by --tax --shipping --surcharge --invoice --po --note -p --profile -o --output'
        ;;
    'void')
        _pjterm_commands=''
        _pjterm_options='--key --timeout --over --yes --by --dry-run --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-k --key --timeout --over --by -p --profile -o --output'
        ;;
    'tip')
        _pjterm_commands=''
        _pjterm_options='--key --timeout --force --over --yes --by --dry-run --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-k --key --timeout --over --by -p --profile -o --output'
        ;;
    'report')
        _pjterm_commands=''
        _pjterm_options='--day --since --before --by-operator --csv --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='--day --since --before -p --profile -o --output'
        ;;
    'close')
        _pjterm_commands=''
        _pjterm_options='--day --show --force --over --by --yes --csv --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='--day --show --over --by -p --profile -o --output'
        ;;
    'reconcile')
        _pjterm_commands=''
        _pjterm_options='--day --settlement --csv --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='--day --settlement -p --profile -o --output'
        ;;
    'doctor')
        _pjterm_commands=''
        _pjterm_options='--prompt --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='--prompt -p --profile -o --output'
        ;;
    'log')
        _pjterm_commands=''
        _pjterm_options='--lines --path --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='--lines -p --profile -o --output'
        ;;
    'help')
        _pjterm_commands=''
        _pjterm_options='--profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'schema')
        _pjterm_commands=''
        _pjterm_options='--profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'probe')
        _pjterm_commands=''
        _pjterm_options='--terminal --account --out --yes --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-t --terminal --account --out -p --profile -o --output'
        ;;
    'requests')
        _pjterm_commands='list show'
        _pjterm_options='--profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'requests list')
        _pjterm_commands=''
        _pjterm_options='--limit --open --since --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='--limit --since -p --profile -o --output'
        ;;
    'requests show')
        _pjterm_commands=''
        _pjterm_options='--profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'terminals')
        _pjterm_commands='list ping alias unalias'
        _pjterm_options='--profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'terminals list')
        _pjterm_commands=''
        _pjterm_options='--profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'terminals ping')
        _pjterm_commands=''
        _pjterm_options='--all --account --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='--account -p --profile -o --output'
        ;;
    'terminals alias')
        _pjterm_commands=''
        _pjterm_options='--profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'terminals unalias')
        _pjterm_commands=''
        _pjterm_options='--profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'journal')
        _pjterm_commands='verify backup accept'
        _pjterm_options='--profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'journal verify')
        _pjterm_commands=''
        _pjterm_options='--profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'journal backup')
        _pjterm_commands=''
        _pjterm_options='--profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'journal accept')
        _pjterm_commands=''
        _pjterm_options='--yes --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'transactions')
        _pjterm_commands='list show'
        _pjterm_options='--profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'transactions list')
        _pjterm_commands=''
        _pjterm_options='--today --since --before --limit --invoice --po --status --action --amount --last-four --service --settlement --schedule --account --transaction --billing-first-name --billing-last-name --billing-identifier --external-id --external-data --csv --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='--since --before --limit --invoice --po --status --action --amount --last-four --service --settlement --schedule --account --transaction --billing-first-name --billing-last-name --billing-identifier --external-id --external-data -p --profile -o --output'
        ;;
    'transactions show')
        _pjterm_commands=''
        _pjterm_options='--profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'settlements')
        _pjterm_commands='list show'
        _pjterm_options='--profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'settlements list')
        _pjterm_commands=''
        _pjterm_options='--account --limit --csv --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='--account --limit -p --profile -o --output'
        ;;
    'settlements show')
        _pjterm_commands=''
        _pjterm_options='--profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'deposits')
        _pjterm_commands='list show'
        _pjterm_options='--profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'deposits list')
        _pjterm_commands=''
        _pjterm_options='--merchant --limit --csv --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='--merchant --limit -p --profile -o --output'
        ;;
    'deposits show')
        _pjterm_commands=''
        _pjterm_options='--profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'profiles')
        _pjterm_commands='list show add use remove set-secret'
        _pjterm_options='--profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'profiles list')
        _pjterm_commands=''
        _pjterm_options='--profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'profiles show')
        _pjterm_commands=''
        _pjterm_options='--profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'profiles add')
        _pjterm_commands=''
        _pjterm_options='--environment --login --terminal --account --base-url --relay --secrets-stdin --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='--environment --login -t --terminal --account --base-url --relay -p --profile -o --output'
        ;;
    'profiles use')
        _pjterm_commands=''
        _pjterm_options='--profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'profiles remove')
        _pjterm_commands=''
        _pjterm_options='--yes --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'profiles set-secret')
        _pjterm_commands=''
        _pjterm_options='--secrets-stdin --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'completions')
        _pjterm_commands='install show'
        _pjterm_options='--profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'completions install')
        _pjterm_commands=''
        _pjterm_options='--profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'completions show')
        _pjterm_commands=''
        _pjterm_options='--profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'simulator')
        _pjterm_commands='serve scenarios play verify openapi'
        _pjterm_options='--profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'simulator serve')
        _pjterm_commands=''
        _pjterm_options='--port --speed --seed --scenario --webhook-url --allow-outbound --state --memory --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='--port --speed --seed --scenario --webhook-url --state -p --profile -o --output'
        ;;
    'simulator scenarios')
        _pjterm_commands=''
        _pjterm_options='--profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'simulator play')
        _pjterm_commands=''
        _pjterm_options='--profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'simulator verify')
        _pjterm_commands=''
        _pjterm_options='--only --seed --junit --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='--only --seed --junit -p --profile -o --output'
        ;;
    'simulator openapi')
        _pjterm_commands=''
        _pjterm_options='--profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'relay')
        _pjterm_commands='serve status token'
        _pjterm_options='--profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'relay serve')
        _pjterm_commands=''
        _pjterm_options='--host --port --store --forward --allow-unsigned --retention --max-size --monitor --allow-unsynced --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='--host --port --store --forward --retention --max-size --monitor -p --profile -o --output'
        ;;
    'relay status')
        _pjterm_commands=''
        _pjterm_options='--fleet --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'relay token')
        _pjterm_commands=''
        _pjterm_options='--rotate --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'events')
        _pjterm_commands='tail list show replay export'
        _pjterm_options='--profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'events tail')
        _pjterm_commands=''
        _pjterm_options='--request --type --since --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='--request --type --since -p --profile -o --output'
        ;;
    'events list')
        _pjterm_commands=''
        _pjterm_options='--limit --after --request --type --since --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='--limit --after --request --type --since -p --profile -o --output'
        ;;
    'events show')
        _pjterm_commands=''
        _pjterm_options='--profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'events replay')
        _pjterm_commands=''
        _pjterm_options='--to --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='--to -p --profile -o --output'
        ;;
    'events export')
        _pjterm_commands=''
        _pjterm_options='--request --type --since --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='--request --type --since -p --profile -o --output'
        ;;
    'webhooks')
        _pjterm_commands='list create update delete rotate'
        _pjterm_options='--profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'webhooks list')
        _pjterm_commands=''
        _pjterm_options='--profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'webhooks create')
        _pjterm_commands=''
        _pjterm_options='--url --event --dry-run --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='--url --event -p --profile -o --output'
        ;;
    'webhooks update')
        _pjterm_commands=''
        _pjterm_options='--url --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='--url -p --profile -o --output'
        ;;
    'webhooks delete')
        _pjterm_commands=''
        _pjterm_options='--yes --profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    'webhooks rotate')
        _pjterm_commands=''
        _pjterm_options='--profile --output --json --quiet --verbose --bell --wide --version --help'
        _pjterm_valued='-p --profile -o --output'
        ;;
    esac
}

# Names that only the program knows, one a line; those that begin with $2, quoted for the line.
_pjterm_ask() {
    local name typed=$2 quoted=''
    case $typed in
    \"* | \'*) quoted=yes typed=${typed#?} ;;
    *) typed=${typed//\\/} ;;
    esac
    while IFS= read -r name; do
        case $name in
        "$typed"*)
            [ -n "$quoted" ] || name=$(printf '%q' "$name")
            COMPREPLY[${#COMPREPLY[@]}]=$name
            ;;
        esac
    done < <(pjterm completions values "$1" ${_pjterm_profile:+-p "$_pjterm_profile"} 2>/dev/null)
}

# The fixed words of $1 that begin with $2.
_pjterm_words() {
    local IFS=$' \t\n'
    COMPREPLY=( $(compgen -W "$1" -- "$2") )
}

_pjterm_files() {
    local IFS=$'\n'
    COMPREPLY=( $(compgen -f -- "$1") )
    compopt -o filenames 2>/dev/null
}

_pjterm_value() {
    case $_pjterm_path:$1 in
    *:--action) _pjterm_words 'CHARGE REFUND VERIFY' "$2" ;;
    *:--environment) _pjterm_words 'labs production simulator' "$2" ;;
    *:--event) _pjterm_words 'SMARTTERMINAL_REQUEST TRANSACTION TRANSACTION_SIGNATURE CUSTOMER DEPOSIT SETTLEMENT' "$2" ;;
    *:--junit) _pjterm_files "$2" ;;
    *:--only) _pjterm_words 'approved declined cancelled busy unreachable slow device-timeout late-result unknown-status reply-lost reply-lost-not-started http-500 http-502-html truncated rate-limited webhook-lost webhook-twice webhook-late webhook-out-of-order webhook-bad-signature webhook-same-id declined-then-approved late-booking search-lag second-till reset-elsewhere proxy-page partial held numbers-as-text' "$2" ;;
    *:--out) _pjterm_files "$2" ;;
    *:--output) _pjterm_words 'text json ndjson' "$2" ;;
    *:--profile) _pjterm_ask profiles "$2" ;;
    *:--save) _pjterm_files "$2" ;;
    *:--scenario) _pjterm_words 'approved declined cancelled busy unreachable slow device-timeout late-result unknown-status reply-lost reply-lost-not-started http-500 http-502-html truncated rate-limited webhook-lost webhook-twice webhook-late webhook-out-of-order webhook-bad-signature webhook-same-id declined-then-approved late-booking search-lag second-till reset-elsewhere proxy-page partial held numbers-as-text' "$2"; [ ${#COMPREPLY[@]} -gt 0 ] || _pjterm_files "$2" ;;
    *:--status) _pjterm_words 'CAPTURE DECLINED HOLD REJECT VOID' "$2" ;;
    *:--terminal) _pjterm_ask terminals "$2" ;;
    *:--terms-file) _pjterm_files "$2" ;;
    'input':--type) _pjterm_words 'phone' "$2" ;;
    'events tail':--type) _pjterm_words 'SMARTTERMINAL_REQUEST TRANSACTION TRANSACTION_SIGNATURE CUSTOMER DEPOSIT SETTLEMENT' "$2" ;;
    'events list':--type) _pjterm_words 'SMARTTERMINAL_REQUEST TRANSACTION TRANSACTION_SIGNATURE CUSTOMER DEPOSIT SETTLEMENT' "$2" ;;
    'events export':--type) _pjterm_words 'SMARTTERMINAL_REQUEST TRANSACTION TRANSACTION_SIGNATURE CUSTOMER DEPOSIT SETTLEMENT' "$2" ;;
    *:--until) _pjterm_words 'result complete' "$2" ;;
    *:--via) _pjterm_words 'auto poll relay' "$2" ;;
    *:-o) _pjterm_words 'text json ndjson' "$2" ;;
    *:-p) _pjterm_ask profiles "$2" ;;
    *:-t) _pjterm_ask terminals "$2" ;;
    esac
}

_pjterm_argument() {
    case $_pjterm_path:$1 in
    'help':*) _pjterm_files "$2" ;;
    'terminals unalias':0) _pjterm_ask terminals "$2" ;;
    'journal backup':0) _pjterm_files "$2" ;;
    'profiles show':0) _pjterm_ask profiles "$2" ;;
    'profiles use':0) _pjterm_ask profiles "$2" ;;
    'profiles remove':0) _pjterm_ask profiles "$2" ;;
    'profiles set-secret':0) _pjterm_ask profiles "$2" ;;
    'profiles set-secret':1) _pjterm_words 'password app_key webhook_secret relay_token' "$2" ;;
    'completions install':0) _pjterm_words 'bash zsh fish powershell' "$2" ;;
    'completions show':0) _pjterm_words 'bash zsh fish powershell' "$2" ;;
    'simulator verify':*) _pjterm_files "$2" ;;
    esac
}

_pjterm() {
    local _pjterm_path='' _pjterm_profile='' _pjterm_commands _pjterm_options _pjterm_valued
    local cur=${COMP_WORDS[COMP_CWORD]} previous='' word='' next='' count=0 index=1 only_arguments=''
    COMPREPLY=()
    _pjterm_at
    while [ "$index" -lt "$COMP_CWORD" ]; do
        word=${COMP_WORDS[index]}
        next=${COMP_WORDS[index + 1]-}
        index=$((index + 1))
        previous=''
        if [ -n "$only_arguments" ]; then
            count=$((count + 1))
            continue
        fi
        case $word in
        --)
            only_arguments=yes
            ;;
        -*)
            case " $_pjterm_valued " in
            *" ${word%%=*} "*)
                previous=${word%%=*}
                if [ "$word" = "$previous" ]; then
                    # readline breaks --option=value into three words
                    if [ "$next" = '=' ] && [ "$index" -lt "$COMP_CWORD" ]; then
                        index=$((index + 1))
                    fi
                    word=${COMP_WORDS[index]}
                    [ "$index" -ge "$COMP_CWORD" ] && break
                    index=$((index + 1))
                else
                    word=${word#*=}
                fi
                case $previous in -p | --profile) _pjterm_profile=$word ;; esac
                previous=''
                ;;
            esac
            ;;
        *)
            case " $_pjterm_commands " in
            *" $word "*)
                _pjterm_path="${_pjterm_path:+$_pjterm_path }$word"
                _pjterm_at
                ;;
            *)
                count=$((count + 1))
                ;;
            esac
            ;;
        esac
    done
    if [ "$cur" = '=' ] && [ -n "$previous" ]; then
        cur=''
    fi
    if [ -n "$previous" ]; then
        _pjterm_value "$previous" "$cur"
        return
    fi
    case $cur in
    -*)
        if [ -z "$only_arguments" ]; then
            case $cur in
            --*=*)
                _pjterm_value "${cur%%=*}" "${cur#*=}"
                for index in "${!COMPREPLY[@]}"; do COMPREPLY[index]="${cur%%=*}=${COMPREPLY[index]}"; done
                ;;
            *)
                _pjterm_words "$_pjterm_options" "$cur"
                ;;
            esac
            return
        fi
        ;;
    esac
    if [ -n "$_pjterm_commands" ]; then
        [ "$count" -eq 0 ] && _pjterm_words "$_pjterm_commands" "$cur"
    else
        _pjterm_argument "$count" "$cur"
    fi
}

complete -F _pjterm pjterm
