# fish completion of pjterm; generated, see: pjterm completions show fish
# Commands and options are written out here, so TAB starts no program; only profile names and terminal
# aliases are asked of pjterm.

function __pjterm_commands
    switch "$argv[1]"
        case ''
            string split ' ' -- 'charge refund void sign prompt input read cancel status follow resume why accounts requests terminals profiles simulator relay events completions'
        case 'requests'
            string split ' ' -- 'list show'
        case 'terminals'
            string split ' ' -- 'list alias unalias'
        case 'profiles'
            string split ' ' -- 'list show add use remove set-secret'
        case 'simulator'
            string split ' ' -- 'serve scenarios play verify'
        case 'relay'
            string split ' ' -- 'serve status token'
        case 'events'
            string split ' ' -- 'tail list show replay export'
        case 'completions'
            string split ' ' -- 'install show'
    end
end

function __pjterm_valued
    switch "$argv[1]"
        case '' 'status' 'why' 'accounts' 'requests' 'requests show' 'terminals' 'terminals list' 'terminals alias' 'terminals unalias' 'profiles' 'profiles list' 'profiles show' 'profiles use' 'profiles remove' 'profiles set-secret' 'simulator' 'simulator scenarios' 'simulator play' 'relay' 'relay status' 'relay token' 'events' 'events show' 'completions' 'completions install' 'completions show'
            string split ' ' -- '-p --profile -o --output'
        case 'charge'
            string split ' ' -- '-t --terminal --account -k --key --tax --shipping --surcharge --invoice --po --note --timeout --until --via --wait-busy --over -p --profile -o --output'
        case 'refund'
            string split ' ' -- '--transaction -t --terminal --account -k --key --tax --shipping --surcharge --invoice --po --note --timeout --until --via --wait-busy --over -p --profile -o --output'
        case 'void'
            string split ' ' -- '-k --key --timeout --over -p --profile -o --output'
        case 'sign'
            string split ' ' -- '--terms-file --save -t --terminal --account -k --key --timeout --until --via --wait-busy --over -p --profile -o --output'
        case 'prompt'
            string split ' ' -- '-b --button --expect -t --terminal --account -k --key --timeout --until --via --wait-busy --over -p --profile -o --output'
        case 'input'
            string split ' ' -- '--type -t --terminal --account -k --key --timeout --until --via --wait-busy --over -p --profile -o --output'
        case 'read'
            string split ' ' -- '-t --terminal --account -k --key --timeout --until --via --wait-busy --over -p --profile -o --output'
        case 'cancel'
            string split ' ' -- '-t --terminal --request --timeout --until --via -p --profile -o --output'
        case 'follow'
            string split ' ' -- '--timeout --until --via -p --profile -o --output'
        case 'resume'
            string split ' ' -- '--timeout --until --via --settle --transaction -p --profile -o --output'
        case 'requests list'
            string split ' ' -- '--limit --since -p --profile -o --output'
        case 'profiles add'
            string split ' ' -- '--environment --login -t --terminal --account --base-url --relay -p --profile -o --output'
        case 'simulator serve'
            string split ' ' -- '--port --speed --seed --scenario --webhook-url -p --profile -o --output'
        case 'simulator verify'
            string split ' ' -- '--only --seed --junit -p --profile -o --output'
        case 'relay serve'
            string split ' ' -- '--host --port --store --forward --retention -p --profile -o --output'
        case 'events tail' 'events export'
            string split ' ' -- '--request --type --since -p --profile -o --output'
        case 'events list'
            string split ' ' -- '--limit --after --request --type --since -p --profile -o --output'
        case 'events replay'
            string split ' ' -- '--to -p --profile -o --output'
    end
end

# Walks the line before the cursor: the command so far, how many arguments it has, the profile.
function __pjterm_walk
    set -g __pjterm_path ''
    set -g __pjterm_count 0
    set -g __pjterm_profile
    set -l words (commandline -opc)
    set -e words[1]
    set -l only_arguments no
    while set -q words[1]
        set -l word $words[1]
        set -e words[1]
        if test $only_arguments = yes
            set __pjterm_count (math $__pjterm_count + 1)
        else if test "$word" = --
            set only_arguments yes
        else if string match -q -- '-*' $word
            set -l name (string split -m 1 -- = $word)
            set -l value $name[2]
            if contains -- $name[1] (__pjterm_valued $__pjterm_path)
                if not set -q name[2]
                    set value $words[1]
                    set -e words[1]
                end
                if contains -- $name[1] -p --profile
                    set __pjterm_profile $value
                end
            end
        else if contains -- $word (__pjterm_commands $__pjterm_path)
            set __pjterm_path (string trim "$__pjterm_path $word")
        else
            set __pjterm_count (math $__pjterm_count + 1)
        end
    end
end

# Whether the line is at this command, and, with a second word, at that argument of it.
function __pjterm_at
    __pjterm_walk
    test "$__pjterm_path" = "$argv[1]"
    or return 1
    set -q argv[2]
    or return 0
    string match -q -- '-*' (commandline -ct)
    and return 1
    test "$argv[2]" = any -o "$argv[2]" = "$__pjterm_count"
end

# Names that only the program knows, one a line.
function __pjterm_ask
    __pjterm_walk
    if test -n "$__pjterm_profile"
        pjterm completions values $argv[1] -p $__pjterm_profile 2>/dev/null
    else
        pjterm completions values $argv[1] 2>/dev/null
    end
end

complete -c pjterm -e
complete -c pjterm -f
complete -c pjterm -s p -l profile -x -a '(__pjterm_ask profiles)' -d 'Which profile (env PJTERM_PROFILE)'
complete -c pjterm -s o -l output -x -a 'text json ndjson' -d 'What stdout gets: text, json or ndjson'
complete -c pjterm -l json -d 'The same as -o json'
complete -c pjterm -s q -l quiet -d 'No progress and no notices on stderr; errors stay'
complete -c pjterm -s v -l verbose -d 'Each HTTP exchange as one line on stderr, no secrets'
complete -c pjterm -l version -d 'Print the version and exit'
complete -c pjterm -l help -d 'Show help and exit'
complete -c pjterm -n '__pjterm_at \'\'' -a charge -d 'Take a payment on a Smart Terminal'
complete -c pjterm -n '__pjterm_at \'\'' -a refund -d 'Give money back to a card'
complete -c pjterm -n '__pjterm_at \'\'' -a void -d 'Take a transaction back before it settles, as if it had never been'
complete -c pjterm -n '__pjterm_at \'\'' -a sign -d 'Have the customer sign on the reader'
complete -c pjterm -n '__pjterm_at \'\'' -a prompt -d 'Ask the customer something, with one to three buttons'
complete -c pjterm -n '__pjterm_at \'\'' -a input -d 'Have the customer type a phone number'
complete -c pjterm -n '__pjterm_at \'\'' -a read -d 'Read a membership or gift card: a magstripe card that is no payment card'
complete -c pjterm -n '__pjterm_at \'\'' -a cancel -d 'End what runs on a terminal, if it is ours and has no result yet'
complete -c pjterm -n '__pjterm_at \'\'' -a status -d 'Say how a request stands, with one poll and no waiting'
complete -c pjterm -n '__pjterm_at \'\'' -a follow -d 'Follow a request until its end, from any shell, also after a reboot'
complete -c pjterm -n '__pjterm_at \'\'' -a resume -d 'Settle what is open or unknown: find out what became of it, and write it down'
complete -c pjterm -n '__pjterm_at \'\'' -a why -d 'Tell the verdict on a sale, and the evidence for it in order'
complete -c pjterm -n '__pjterm_at \'\'' -a accounts -d 'List the merchant accounts (terminalId) that work can be booked to'
complete -c pjterm -n '__pjterm_at \'\'' -a requests -d 'The journal of this machine: what was sent, and what came of it'
complete -c pjterm -n '__pjterm_at \'\'' -a terminals -d 'The account\'s Smart Terminals, and aliases for them'
complete -c pjterm -n '__pjterm_at \'\'' -a profiles -d 'Profiles: environment, login, terminal, limits; their secrets are kept apart'
complete -c pjterm -n '__pjterm_at \'\'' -a simulator -d 'A PayJunction on loopback: virtual terminals, faults, and a bench for integrations'
complete -c pjterm -n '__pjterm_at \'\'' -a relay -d 'The local webhook relay: receives, verifies, keeps, and tells followers at once'
complete -c pjterm -n '__pjterm_at \'\'' -a events -d 'Webhook events that the relay received and keeps'
complete -c pjterm -n '__pjterm_at \'\'' -a completions -d 'Completion of commands, options, profiles and terminals by TAB, for four shells'
complete -c pjterm -n '__pjterm_at \'charge\'' -s t -l terminal -x -a '(__pjterm_ask terminals)' -d 'Alias, UUID or nickName (env PJTERM_TERMINAL)'
complete -c pjterm -n '__pjterm_at \'charge\'' -l account -x -d 'Merchant account (terminalId)'
complete -c pjterm -n '__pjterm_at \'charge\'' -s k -l key -x -d 'The sale\'s own name: the same key never charges twice'
complete -c pjterm -n '__pjterm_at \'charge\'' -l tax -x -d 'Tax, on top of AMOUNT'
complete -c pjterm -n '__pjterm_at \'charge\'' -l shipping -x -d 'Shipping, on top'
complete -c pjterm -n '__pjterm_at \'charge\'' -l surcharge -x -d 'Surcharge, on top (0 turns the account\'s own off)'
complete -c pjterm -n '__pjterm_at \'charge\'' -l invoice -x -d 'Invoice number, 1-32 characters; default: made from the key'
complete -c pjterm -n '__pjterm_at \'charge\'' -l po -x -d 'Purchase order number, 1-32 characters'
complete -c pjterm -n '__pjterm_at \'charge\'' -l note -x -d 'A note, at most 2048 characters'
complete -c pjterm -n '__pjterm_at \'charge\'' -l ask-tip -d 'Ask for a tip at the reader'
complete -c pjterm -n '__pjterm_at \'charge\'' -l keyed -d 'Allow the card to be keyed in at the reader'
complete -c pjterm -n '__pjterm_at \'charge\'' -l receipt-prompt -d 'Ask at the reader how to give the receipt'
complete -c pjterm -n '__pjterm_at \'charge\'' -l no-receipt-prompt -d 'Not: Ask at the reader how to give the receipt'
complete -c pjterm -n '__pjterm_at \'charge\'' -l signature-prompt -d 'Ask for a signature at the reader'
complete -c pjterm -n '__pjterm_at \'charge\'' -l no-signature-prompt -d 'Not: Ask for a signature at the reader'
complete -c pjterm -n '__pjterm_at \'charge\'' -l timeout -x -d 'How long to wait in all'
complete -c pjterm -n '__pjterm_at \'charge\'' -l no-wait -d 'Return once accepted: outcome open, exit 0'
complete -c pjterm -n '__pjterm_at \'charge\'' -l until -x -a 'result complete' -d 'Return at the verdict, or at a free device'
complete -c pjterm -n '__pjterm_at \'charge\'' -l via -x -a 'auto poll relay' -d 'How to follow: polling or the local relay'
complete -c pjterm -n '__pjterm_at \'charge\'' -l wait-busy -x -d 'On BUSY, try again for this long'
complete -c pjterm -n '__pjterm_at \'charge\'' -l force -d 'Pass the guard that names --force'
complete -c pjterm -n '__pjterm_at \'charge\'' -l over -x -d 'Charge although this entry is open or unknown'
complete -c pjterm -n '__pjterm_at \'charge\'' -l cancel-on-timeout -d 'When waiting ends, cancel, and say what came of it'
complete -c pjterm -n '__pjterm_at \'charge\'' -s y -l yes -d 'Answer yes to confirmations; never passes --force or --over'
complete -c pjterm -n '__pjterm_at \'charge\'' -l dry-run -d 'Print what would be sent, and stop'
complete -c pjterm -n '__pjterm_at \'refund\'' -l transaction -x -d 'Refund this transaction, without the reader'
complete -c pjterm -n '__pjterm_at \'refund\'' -s t -l terminal -x -a '(__pjterm_ask terminals)' -d 'Alias, UUID or nickName (env PJTERM_TERMINAL)'
complete -c pjterm -n '__pjterm_at \'refund\'' -l account -x -d 'Merchant account (terminalId)'
complete -c pjterm -n '__pjterm_at \'refund\'' -s k -l key -x -d 'The sale\'s own name: the same key never charges twice'
complete -c pjterm -n '__pjterm_at \'refund\'' -l tax -x -d 'Tax, on top of AMOUNT'
complete -c pjterm -n '__pjterm_at \'refund\'' -l shipping -x -d 'Shipping, on top'
complete -c pjterm -n '__pjterm_at \'refund\'' -l surcharge -x -d 'Surcharge, on top (0 turns the account\'s own off)'
complete -c pjterm -n '__pjterm_at \'refund\'' -l invoice -x -d 'Invoice number, 1-32 characters; default: made from the key'
complete -c pjterm -n '__pjterm_at \'refund\'' -l po -x -d 'Purchase order number, 1-32 characters'
complete -c pjterm -n '__pjterm_at \'refund\'' -l note -x -d 'A note, at most 2048 characters'
complete -c pjterm -n '__pjterm_at \'refund\'' -l ask-tip -d 'Ask for a tip at the reader'
complete -c pjterm -n '__pjterm_at \'refund\'' -l keyed -d 'Allow the card to be keyed in at the reader'
complete -c pjterm -n '__pjterm_at \'refund\'' -l receipt-prompt -d 'Ask at the reader how to give the receipt'
complete -c pjterm -n '__pjterm_at \'refund\'' -l no-receipt-prompt -d 'Not: Ask at the reader how to give the receipt'
complete -c pjterm -n '__pjterm_at \'refund\'' -l signature-prompt -d 'Ask for a signature at the reader'
complete -c pjterm -n '__pjterm_at \'refund\'' -l no-signature-prompt -d 'Not: Ask for a signature at the reader'
complete -c pjterm -n '__pjterm_at \'refund\'' -l timeout -x -d 'How long to wait in all'
complete -c pjterm -n '__pjterm_at \'refund\'' -l no-wait -d 'Return once accepted: outcome open, exit 0'
complete -c pjterm -n '__pjterm_at \'refund\'' -l until -x -a 'result complete' -d 'Return at the verdict, or at a free device'
complete -c pjterm -n '__pjterm_at \'refund\'' -l via -x -a 'auto poll relay' -d 'How to follow: polling or the local relay'
complete -c pjterm -n '__pjterm_at \'refund\'' -l wait-busy -x -d 'On BUSY, try again for this long'
complete -c pjterm -n '__pjterm_at \'refund\'' -l force -d 'Pass the guard that names --force'
complete -c pjterm -n '__pjterm_at \'refund\'' -l over -x -d 'Charge although this entry is open or unknown'
complete -c pjterm -n '__pjterm_at \'refund\'' -l cancel-on-timeout -d 'When waiting ends, cancel, and say what came of it'
complete -c pjterm -n '__pjterm_at \'refund\'' -s y -l yes -d 'Answer yes to confirmations; never passes --force or --over'
complete -c pjterm -n '__pjterm_at \'refund\'' -l dry-run -d 'Print what would be sent, and stop'
complete -c pjterm -n '__pjterm_at \'void\'' -s k -l key -x -d 'The sale\'s own name: the same key never charges twice'
complete -c pjterm -n '__pjterm_at \'void\'' -l timeout -x -d 'How long to wait in all'
complete -c pjterm -n '__pjterm_at \'void\'' -l over -x -d 'Charge although this entry is open or unknown'
complete -c pjterm -n '__pjterm_at \'void\'' -s y -l yes -d 'Answer yes to confirmations; never passes --force or --over'
complete -c pjterm -n '__pjterm_at \'void\'' -l dry-run -d 'Print what would be sent, and stop'
complete -c pjterm -n '__pjterm_at \'sign\'' -l terms-file -r -F -d 'Terms from a file, - for stdin'
complete -c pjterm -n '__pjterm_at \'sign\'' -l save -r -F -d 'Keep the image of the signature'
complete -c pjterm -n '__pjterm_at \'sign\'' -s t -l terminal -x -a '(__pjterm_ask terminals)' -d 'Alias, UUID or nickName (env PJTERM_TERMINAL)'
complete -c pjterm -n '__pjterm_at \'sign\'' -l account -x -d 'Merchant account (terminalId)'
complete -c pjterm -n '__pjterm_at \'sign\'' -s k -l key -x -d 'The sale\'s own name: the same key never charges twice'
complete -c pjterm -n '__pjterm_at \'sign\'' -l timeout -x -d 'How long to wait in all'
complete -c pjterm -n '__pjterm_at \'sign\'' -l no-wait -d 'Return once accepted: outcome open, exit 0'
complete -c pjterm -n '__pjterm_at \'sign\'' -l until -x -a 'result complete' -d 'Return at the verdict, or at a free device'
complete -c pjterm -n '__pjterm_at \'sign\'' -l via -x -a 'auto poll relay' -d 'How to follow: polling or the local relay'
complete -c pjterm -n '__pjterm_at \'sign\'' -l wait-busy -x -d 'On BUSY, try again for this long'
complete -c pjterm -n '__pjterm_at \'sign\'' -l force -d 'Pass the guard that names --force'
complete -c pjterm -n '__pjterm_at \'sign\'' -l over -x -d 'Charge although this entry is open or unknown'
complete -c pjterm -n '__pjterm_at \'sign\'' -l cancel-on-timeout -d 'When waiting ends, cancel, and say what came of it'
complete -c pjterm -n '__pjterm_at \'sign\'' -s y -l yes -d 'Answer yes to confirmations; never passes --force or --over'
complete -c pjterm -n '__pjterm_at \'sign\'' -l dry-run -d 'Print what would be sent, and stop'
complete -c pjterm -n '__pjterm_at \'prompt\'' -s b -l button -x -d 'One to three labels; default: Yes and No'
complete -c pjterm -n '__pjterm_at \'prompt\'' -l expect -x -d 'Any other answer ends with exit 3'
complete -c pjterm -n '__pjterm_at \'prompt\'' -s t -l terminal -x -a '(__pjterm_ask terminals)' -d 'Alias, UUID or nickName (env PJTERM_TERMINAL)'
complete -c pjterm -n '__pjterm_at \'prompt\'' -l account -x -d 'Merchant account (terminalId)'
complete -c pjterm -n '__pjterm_at \'prompt\'' -s k -l key -x -d 'The sale\'s own name: the same key never charges twice'
complete -c pjterm -n '__pjterm_at \'prompt\'' -l timeout -x -d 'How long to wait in all'
complete -c pjterm -n '__pjterm_at \'prompt\'' -l no-wait -d 'Return once accepted: outcome open, exit 0'
complete -c pjterm -n '__pjterm_at \'prompt\'' -l until -x -a 'result complete' -d 'Return at the verdict, or at a free device'
complete -c pjterm -n '__pjterm_at \'prompt\'' -l via -x -a 'auto poll relay' -d 'How to follow: polling or the local relay'
complete -c pjterm -n '__pjterm_at \'prompt\'' -l wait-busy -x -d 'On BUSY, try again for this long'
complete -c pjterm -n '__pjterm_at \'prompt\'' -l force -d 'Pass the guard that names --force'
complete -c pjterm -n '__pjterm_at \'prompt\'' -l over -x -d 'Charge although this entry is open or unknown'
complete -c pjterm -n '__pjterm_at \'prompt\'' -l cancel-on-timeout -d 'When waiting ends, cancel, and say what came of it'
complete -c pjterm -n '__pjterm_at \'prompt\'' -s y -l yes -d 'Answer yes to confirmations; never passes --force or --over'
complete -c pjterm -n '__pjterm_at \'prompt\'' -l dry-run -d 'Print what would be sent, and stop'
complete -c pjterm -n '__pjterm_at \'input\'' -l type -x -a 'phone' -d 'What is typed'
complete -c pjterm -n '__pjterm_at \'input\'' -s t -l terminal -x -a '(__pjterm_ask terminals)' -d 'Alias, UUID or nickName (env PJTERM_TERMINAL)'
complete -c pjterm -n '__pjterm_at \'input\'' -l account -x -d 'Merchant account (terminalId)'
complete -c pjterm -n '__pjterm_at \'input\'' -s k -l key -x -d 'The sale\'s own name: the same key never charges twice'
complete -c pjterm -n '__pjterm_at \'input\'' -l timeout -x -d 'How long to wait in all'
complete -c pjterm -n '__pjterm_at \'input\'' -l no-wait -d 'Return once accepted: outcome open, exit 0'
complete -c pjterm -n '__pjterm_at \'input\'' -l until -x -a 'result complete' -d 'Return at the verdict, or at a free device'
complete -c pjterm -n '__pjterm_at \'input\'' -l via -x -a 'auto poll relay' -d 'How to follow: polling or the local relay'
complete -c pjterm -n '__pjterm_at \'input\'' -l wait-busy -x -d 'On BUSY, try again for this long'
complete -c pjterm -n '__pjterm_at \'input\'' -l force -d 'Pass the guard that names --force'
complete -c pjterm -n '__pjterm_at \'input\'' -l over -x -d 'Charge although this entry is open or unknown'
complete -c pjterm -n '__pjterm_at \'input\'' -l cancel-on-timeout -d 'When waiting ends, cancel, and say what came of it'
complete -c pjterm -n '__pjterm_at \'input\'' -s y -l yes -d 'Answer yes to confirmations; never passes --force or --over'
complete -c pjterm -n '__pjterm_at \'input\'' -l dry-run -d 'Print what would be sent, and stop'
complete -c pjterm -n '__pjterm_at \'read\'' -s t -l terminal -x -a '(__pjterm_ask terminals)' -d 'Alias, UUID or nickName (env PJTERM_TERMINAL)'
complete -c pjterm -n '__pjterm_at \'read\'' -l account -x -d 'Merchant account (terminalId)'
complete -c pjterm -n '__pjterm_at \'read\'' -s k -l key -x -d 'The sale\'s own name: the same key never charges twice'
complete -c pjterm -n '__pjterm_at \'read\'' -l timeout -x -d 'How long to wait in all'
complete -c pjterm -n '__pjterm_at \'read\'' -l no-wait -d 'Return once accepted: outcome open, exit 0'
complete -c pjterm -n '__pjterm_at \'read\'' -l until -x -a 'result complete' -d 'Return at the verdict, or at a free device'
complete -c pjterm -n '__pjterm_at \'read\'' -l via -x -a 'auto poll relay' -d 'How to follow: polling or the local relay'
complete -c pjterm -n '__pjterm_at \'read\'' -l wait-busy -x -d 'On BUSY, try again for this long'
complete -c pjterm -n '__pjterm_at \'read\'' -l force -d 'Pass the guard that names --force'
complete -c pjterm -n '__pjterm_at \'read\'' -l over -x -d 'Charge although this entry is open or unknown'
complete -c pjterm -n '__pjterm_at \'read\'' -l cancel-on-timeout -d 'When waiting ends, cancel, and say what came of it'
complete -c pjterm -n '__pjterm_at \'read\'' -s y -l yes -d 'Answer yes to confirmations; never passes --force or --over'
complete -c pjterm -n '__pjterm_at \'read\'' -l dry-run -d 'Print what would be sent, and stop'
complete -c pjterm -n '__pjterm_at \'cancel\'' -s t -l terminal -x -a '(__pjterm_ask terminals)' -d 'Alias, UUID or nickName (env PJTERM_TERMINAL)'
complete -c pjterm -n '__pjterm_at \'cancel\'' -l request -x -d 'Which request, by its id'
complete -c pjterm -n '__pjterm_at \'cancel\'' -l any -d 'Reset the reader whatever runs on it, after a question'
complete -c pjterm -n '__pjterm_at \'cancel\'' -l timeout -x -d 'How long to wait in all'
complete -c pjterm -n '__pjterm_at \'cancel\'' -l until -x -a 'result complete' -d 'Return at the verdict, or at a free device'
complete -c pjterm -n '__pjterm_at \'cancel\'' -l via -x -a 'auto poll relay' -d 'How to follow: polling or the local relay'
complete -c pjterm -n '__pjterm_at \'cancel\'' -s y -l yes -d 'Answer yes to confirmations; never passes --force or --over'
complete -c pjterm -n '__pjterm_at \'follow\'' -l timeout -x -d 'How long to wait in all'
complete -c pjterm -n '__pjterm_at \'follow\'' -l until -x -a 'result complete' -d 'Return at the verdict, or at a free device'
complete -c pjterm -n '__pjterm_at \'follow\'' -l via -x -a 'auto poll relay' -d 'How to follow: polling or the local relay'
complete -c pjterm -n '__pjterm_at \'resume\'' -l timeout -x -d 'How long to wait in all'
complete -c pjterm -n '__pjterm_at \'resume\'' -l until -x -a 'result complete' -d 'Return at the verdict, or at a free device'
complete -c pjterm -n '__pjterm_at \'resume\'' -l via -x -a 'auto poll relay' -d 'How to follow: polling or the local relay'
complete -c pjterm -n '__pjterm_at \'resume\'' -l clear-terminal -d 'End what may still run on its terminal, then search'
complete -c pjterm -n '__pjterm_at \'resume\'' -l settle -x -d 'How long to search after that; default 60 seconds'
complete -c pjterm -n '__pjterm_at \'resume\'' -l transaction -x -d 'Settle by hand: this is the sale'
complete -c pjterm -n '__pjterm_at \'resume\'' -l not-charged -d 'Settle by hand: you know that nothing was charged'
complete -c pjterm -n '__pjterm_at \'resume\'' -s y -l yes -d 'Answer yes to confirmations; never passes --force or --over'
complete -c pjterm -n '__pjterm_at \'requests\'' -a list -d 'List what was sent from this machine, newest first'
complete -c pjterm -n '__pjterm_at \'requests\'' -a show -d 'Show one entry of the journal'
complete -c pjterm -n '__pjterm_at \'requests list\'' -l limit -x -d 'How many at most'
complete -c pjterm -n '__pjterm_at \'requests list\'' -l open -d 'Only those that are open or unknown'
complete -c pjterm -n '__pjterm_at \'requests list\'' -l since -x -d 'Started on or after this, local time'
complete -c pjterm -n '__pjterm_at \'terminals\'' -a list -d 'List the Smart Terminals of the account, with this profile\'s aliases'
complete -c pjterm -n '__pjterm_at \'terminals\'' -a alias -d 'Give a terminal a name in this profile, which then costs no look-up'
complete -c pjterm -n '__pjterm_at \'terminals\'' -a unalias -d 'Forget an alias of this profile'
complete -c pjterm -n '__pjterm_at \'terminals unalias\' 0' -f -a '(__pjterm_ask terminals)'
complete -c pjterm -n '__pjterm_at \'profiles\'' -a list -d 'List the profiles; the default one is marked'
complete -c pjterm -n '__pjterm_at \'profiles\'' -a show -d 'Show one profile, without its secrets'
complete -c pjterm -n '__pjterm_at \'profiles\'' -a add -d 'Add a profile; the first one becomes the default'
complete -c pjterm -n '__pjterm_at \'profiles\'' -a use -d 'Make a profile the default'
complete -c pjterm -n '__pjterm_at \'profiles\'' -a remove -d 'Remove a profile and its secrets'
complete -c pjterm -n '__pjterm_at \'profiles\'' -a set-secret -d 'Store or replace a secret of a profile, typed without echo or read from stdin'
complete -c pjterm -n '__pjterm_at \'profiles show\' 0' -f -a '(__pjterm_ask profiles)'
complete -c pjterm -n '__pjterm_at \'profiles add\'' -l environment -x -a 'labs production simulator' -d 'Whose money moves'
complete -c pjterm -n '__pjterm_at \'profiles add\'' -l login -x -d 'The API login'
complete -c pjterm -n '__pjterm_at \'profiles add\'' -s t -l terminal -x -a '(__pjterm_ask terminals)' -d 'The usual terminal'
complete -c pjterm -n '__pjterm_at \'profiles add\'' -l account -x -d 'The merchant account (terminalId)'
complete -c pjterm -n '__pjterm_at \'profiles add\'' -l base-url -x -d 'Default: by environment'
complete -c pjterm -n '__pjterm_at \'profiles add\'' -l relay -x -d 'The relay that gets its webhooks'
complete -c pjterm -n '__pjterm_at \'profiles add\'' -l secrets-stdin -d 'Read the secrets as one JSON object from stdin'
complete -c pjterm -n '__pjterm_at \'profiles use\' 0' -f -a '(__pjterm_ask profiles)'
complete -c pjterm -n '__pjterm_at \'profiles remove\'' -s y -l yes -d 'Do not ask'
complete -c pjterm -n '__pjterm_at \'profiles remove\' 0' -f -a '(__pjterm_ask profiles)'
complete -c pjterm -n '__pjterm_at \'profiles set-secret\'' -l secrets-stdin -d 'Read secrets as one JSON object from stdin'
complete -c pjterm -n '__pjterm_at \'profiles set-secret\' 0' -f -a '(__pjterm_ask profiles)'
complete -c pjterm -n '__pjterm_at \'profiles set-secret\' 1' -f -a 'password app_key webhook_secret relay_token'
complete -c pjterm -n '__pjterm_at \'simulator\'' -a serve -d 'Serve the simulated API until Ctrl-C; other commands of this user find it by themselves'
complete -c pjterm -n '__pjterm_at \'simulator\'' -a scenarios -d 'List the scenarios that the simulator knows by name, one line each'
complete -c pjterm -n '__pjterm_at \'simulator\'' -a play -d 'Be the customer: see each virtual terminal, tap a card, press buttons, type digits, unplug it'
complete -c pjterm -n '__pjterm_at \'simulator\'' -a verify -d 'Run an integration once in every scenario, and compare what it believes with what was booked'
complete -c pjterm -n '__pjterm_at \'simulator serve\'' -l port -x -d '0 picks a free one'
complete -c pjterm -n '__pjterm_at \'simulator serve\'' -l speed -x -d 'How much faster than life'
complete -c pjterm -n '__pjterm_at \'simulator serve\'' -l seed -x -d 'Makes a run repeatable'
complete -c pjterm -n '__pjterm_at \'simulator serve\'' -l scenario -r -F -a 'approved declined cancelled busy unreachable slow device-timeout late-result unknown-status reply-lost reply-lost-not-started http-500 http-502-html truncated rate-limited webhook-lost webhook-twice webhook-late webhook-out-of-order webhook-bad-signature webhook-same-id' -d 'What goes wrong; default: nothing'
complete -c pjterm -n '__pjterm_at \'simulator serve\'' -l webhook-url -x -d 'Where webhooks go, signed with `simulator`'
complete -c pjterm -n '__pjterm_at \'simulator serve\'' -l allow-outbound -d 'Let webhooks leave this machine'
complete -c pjterm -n '__pjterm_at \'simulator verify\'' -l only -x -a 'approved declined cancelled busy unreachable slow device-timeout late-result unknown-status reply-lost reply-lost-not-started http-500 http-502-html truncated rate-limited webhook-lost webhook-twice webhook-late webhook-out-of-order webhook-bad-signature webhook-same-id' -d 'Only these scenarios'
complete -c pjterm -n '__pjterm_at \'simulator verify\'' -l seed -x -d 'Makes a run repeatable'
complete -c pjterm -n '__pjterm_at \'simulator verify\'' -l junit -r -F -d 'Write the report as JUnit XML too'
complete -c pjterm -n '__pjterm_at \'simulator verify\' any' -F
complete -c pjterm -n '__pjterm_at \'relay\'' -a serve -d 'Receive the webhooks of all profiles that have a webhook secret, until Ctrl-C'
complete -c pjterm -n '__pjterm_at \'relay\'' -a status -d 'Say how the relay does: events, followers, forwards, the last verified delivery per profile'
complete -c pjterm -n '__pjterm_at \'relay\'' -a token -d 'Print the followers\' token of this user\'s relay, for other machines\' profiles'
complete -c pjterm -n '__pjterm_at \'relay serve\'' -l host -x -d 'Where to listen'
complete -c pjterm -n '__pjterm_at \'relay serve\'' -l port -x -d '0 picks a free one'
complete -c pjterm -n '__pjterm_at \'relay serve\'' -l store -x -d 'sqlite:///PATH; default: in the state directory'
complete -c pjterm -n '__pjterm_at \'relay serve\'' -l forward -x -d 'Hand each event on, exact bytes'
complete -c pjterm -n '__pjterm_at \'relay serve\'' -l allow-unsigned -d 'Also keep what no secret verifies (loopback, not production)'
complete -c pjterm -n '__pjterm_at \'relay serve\'' -l retention -x -d 'How long events are kept'
complete -c pjterm -n '__pjterm_at \'relay token\'' -l rotate -d 'Make a new one; followers need it then'
complete -c pjterm -n '__pjterm_at \'events\'' -a tail -d 'Show events as they arrive, until Ctrl-C; survives restarts of the relay'
complete -c pjterm -n '__pjterm_at \'events\'' -a list -d 'List kept events, oldest first; reads the store itself where no relay runs'
complete -c pjterm -n '__pjterm_at \'events\'' -a show -d 'Show one event as it was received: headers, exact body, and whether its signature verifies'
complete -c pjterm -n '__pjterm_at \'events\'' -a replay -d 'Send kept events again, exact bytes and headers, in the order given'
complete -c pjterm -n '__pjterm_at \'events\'' -a export -d 'Write all kept events as JSON Lines'
complete -c pjterm -n '__pjterm_at \'events tail\'' -l request -x -d 'Only this request\'s'
complete -c pjterm -n '__pjterm_at \'events tail\'' -l type -x -a 'SMARTTERMINAL_REQUEST TRANSACTION TRANSACTION_SIGNATURE CUSTOMER DEPOSIT SETTLEMENT' -d 'Only this type, SMARTTERMINAL_REQUEST say'
complete -c pjterm -n '__pjterm_at \'events tail\'' -l since -x -d 'Received on or after this, local time'
complete -c pjterm -n '__pjterm_at \'events list\'' -l limit -x -d 'How many at most'
complete -c pjterm -n '__pjterm_at \'events list\'' -l after -x -d 'Only those after this one'
complete -c pjterm -n '__pjterm_at \'events list\'' -l request -x -d 'Only this request\'s'
complete -c pjterm -n '__pjterm_at \'events list\'' -l type -x -a 'SMARTTERMINAL_REQUEST TRANSACTION TRANSACTION_SIGNATURE CUSTOMER DEPOSIT SETTLEMENT' -d 'Only this type, SMARTTERMINAL_REQUEST say'
complete -c pjterm -n '__pjterm_at \'events list\'' -l since -x -d 'Received on or after this, local time'
complete -c pjterm -n '__pjterm_at \'events replay\'' -l to -x -d 'Where to send them'
complete -c pjterm -n '__pjterm_at \'events export\'' -l request -x -d 'Only this request\'s'
complete -c pjterm -n '__pjterm_at \'events export\'' -l type -x -a 'SMARTTERMINAL_REQUEST TRANSACTION TRANSACTION_SIGNATURE CUSTOMER DEPOSIT SETTLEMENT' -d 'Only this type, SMARTTERMINAL_REQUEST say'
complete -c pjterm -n '__pjterm_at \'events export\'' -l since -x -d 'Received on or after this, local time'
complete -c pjterm -n '__pjterm_at \'completions\'' -a install -d 'Put the completion script where the shell looks for it, and say what else it needs'
complete -c pjterm -n '__pjterm_at \'completions\'' -a show -d 'Print the completion script of a shell'
complete -c pjterm -n '__pjterm_at \'completions install\' 0' -f -a 'bash zsh fish powershell'
complete -c pjterm -n '__pjterm_at \'completions show\' 0' -f -a 'bash zsh fish powershell'
