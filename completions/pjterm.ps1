# PowerShell completion of pjterm; generated, see: pjterm completions show powershell
# Commands and options are written out here, so TAB starts no program; only profile names and terminal
# aliases are asked of pjterm.

$PjtermTree = [System.Collections.Generic.Dictionary[string, object]]::new()
$PjtermTree[''] = @{
    Commands  = @(
        @{ Name = 'charge'; Help = 'Take a payment on a Smart Terminal' }
        @{ Name = 'resume'; Help = 'Find out what became of an open sale' }
        @{ Name = 'cancel'; Help = 'End this machine''s request on a reader' }
        @{ Name = 'status'; Help = 'Say how a request stands, with one poll' }
        @{ Name = 'follow'; Help = 'Follow a request live until its end' }
        @{ Name = 'accounts'; Help = 'List the merchant accounts of the login' }
        @{ Name = 'sign'; Help = 'Have the customer sign on the reader' }
        @{ Name = 'prompt'; Help = 'Ask the customer something, with buttons' }
        @{ Name = 'input'; Help = 'Have the customer type a phone number' }
        @{ Name = 'read'; Help = 'Read a membership or gift card' }
        @{ Name = 'why'; Help = 'Tell the story of a sale, with its evidence' }
        @{ Name = 'explain'; Help = 'Say what a code means and what to do about it' }
        @{ Name = 'receipt'; Help = 'Show a receipt, save it, or have it e-mailed' }
        @{ Name = 'signature'; Help = 'Show the image of a signature, or save it' }
        @{ Name = 'dispute'; Help = 'Make one file for a chargeback' }
        @{ Name = 'refund'; Help = 'Give money back to a card' }
        @{ Name = 'void'; Help = 'Void a transaction before it settles' }
        @{ Name = 'tip'; Help = 'Add a tip to a charge, or change it' }
        @{ Name = 'report'; Help = 'Add up takings by reader and brand' }
        @{ Name = 'close'; Help = 'Close a day: its final report, numbered' }
        @{ Name = 'reconcile'; Help = 'Compare the journal with PayJunction' }
        @{ Name = 'doctor'; Help = 'Check everything a sale depends on' }
        @{ Name = 'log'; Help = 'Show the last lines of the log' }
        @{ Name = 'help'; Help = 'Show the help of a command, or a topic' }
        @{ Name = 'schema'; Help = 'The JSON Schema of what is printed' }
        @{ Name = 'probe'; Help = 'Ask labs what PayJunction''s pages leave open' }
        @{ Name = 'requests'; Help = 'What was sent from this machine' }
        @{ Name = 'terminals'; Help = 'The account''s readers, and names for them' }
        @{ Name = 'journal'; Help = 'Check and back up this machine''s record' }
        @{ Name = 'transactions'; Help = 'What PayJunction has booked' }
        @{ Name = 'settlements'; Help = 'The batches that were settled' }
        @{ Name = 'deposits'; Help = 'What was paid into the bank' }
        @{ Name = 'profiles'; Help = 'One per till: environment, login, limits' }
        @{ Name = 'completions'; Help = 'Complete commands by TAB, in four shells' }
        @{ Name = 'simulator'; Help = 'A PayJunction on this machine, a fault bench' }
        @{ Name = 'relay'; Help = 'Receive webhooks, keep them, tell followers' }
        @{ Name = 'events'; Help = 'Webhook events that the relay keeps' }
        @{ Name = 'webhooks'; Help = 'Webhook subscriptions of the merchant' }
    )
    Options   = @(
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['charge'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('-t', '--terminal'); Value = @{ Words = @(); Asks = 'terminals' }; Help = 'Alias, UUID or nickName (env PJTERM_TERMINAL)' }
        @{ Names = @('--account'); Value = @{ Words = @(); Asks = $null }; Help = 'Merchant account (terminalId)' }
        @{ Names = @('-k', '--key'); Value = @{ Words = @(); Asks = $null }; Help = 'The sale''s own name: the same key never charges twice' }
        @{ Names = @('--timeout'); Value = @{ Words = @(); Asks = $null }; Help = 'How long to wait in all' }
        @{ Names = @('--no-wait'); Value = $null; Help = 'Return once accepted: outcome open, exit 0; ignores --wait-busy and --cancel-on-timeout' }
        @{ Names = @('--until'); Value = @{ Words = @('result', 'complete'); Asks = $null }; Help = 'Return when the result is known, or the reader idle' }
        @{ Names = @('--via'); Value = @{ Words = @('auto', 'poll', 'relay'); Asks = $null }; Help = 'How to follow: polling or the local relay' }
        @{ Names = @('--wait-busy'); Value = @{ Words = @(); Asks = $null }; Help = 'On BUSY, try again for this long' }
        @{ Names = @('--force'); Value = $null; Help = 'Send even if it looks like a duplicate' }
        @{ Names = @('--over'); Value = @{ Words = @(); Asks = $null }; Help = 'Send although this entry is open or unknown; may be repeated' }
        @{ Names = @('--cancel-on-timeout'); Value = $null; Help = 'Cancel when the time is up, and report how that ended' }
        @{ Names = @('-y', '--yes'); Value = $null; Help = 'Answer yes to confirmations; does not imply --force or --over' }
        @{ Names = @('--by'); Value = @{ Words = @(); Asks = $null }; Help = 'Who sells; kept in the journal only (env PJTERM_BY)' }
        @{ Names = @('--dry-run'); Value = $null; Help = 'Print what would be sent, and stop' }
        @{ Names = @('--tax'); Value = @{ Words = @(); Asks = $null }; Help = 'Tax, on top of AMOUNT' }
        @{ Names = @('--shipping'); Value = @{ Words = @(); Asks = $null }; Help = 'Shipping, on top' }
        @{ Names = @('--surcharge'); Value = @{ Words = @(); Asks = $null }; Help = 'Surcharge, on top (0 turns the account''s own off)' }
        @{ Names = @('--invoice'); Value = @{ Words = @(); Asks = $null }; Help = 'Invoice number, 1-32 characters; default: made from the key' }
        @{ Names = @('--po'); Value = @{ Words = @(); Asks = $null }; Help = 'Purchase order number, 1-32 characters' }
        @{ Names = @('--note'); Value = @{ Words = @(); Asks = $null }; Help = 'A note, at most 2048 characters' }
        @{ Names = @('--ask-tip'); Value = $null; Help = 'Ask for a tip at the reader' }
        @{ Names = @('--keyed'); Value = $null; Help = 'Allow the card to be keyed in at the reader' }
        @{ Names = @('--receipt-prompt'); Value = $null; Help = 'Ask at the reader how to give the receipt' }
        @{ Names = @('--no-receipt-prompt'); Value = $null; Help = 'Not: Ask at the reader how to give the receipt' }
        @{ Names = @('--signature-prompt'); Value = $null; Help = 'Ask for a signature at the reader' }
        @{ Names = @('--no-signature-prompt'); Value = $null; Help = 'Not: Ask for a signature at the reader' }
        @{ Names = @('--another-card'); Value = $null; Help = 'After a decline under this --key: one more try with another card' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @(
        @{ Value = @{ Words = @(); Asks = $null }; Many = $false }
    )
}
$PjtermTree['resume'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('--timeout'); Value = @{ Words = @(); Asks = $null }; Help = 'How long to wait in all' }
        @{ Names = @('--until'); Value = @{ Words = @('result', 'complete'); Asks = $null }; Help = 'Return when the result is known, or the reader idle' }
        @{ Names = @('--via'); Value = @{ Words = @('auto', 'poll', 'relay'); Asks = $null }; Help = 'How to follow: polling or the local relay' }
        @{ Names = @('--clear-terminal'); Value = $null; Help = 'End what may still run on its terminal, then search' }
        @{ Names = @('--settle'); Value = @{ Words = @(); Asks = $null }; Help = 'How long to search after the reset, whatever --timeout says; default 60' }
        @{ Names = @('--transaction'); Value = @{ Words = @(); Asks = $null }; Help = 'Resolve by hand: this is the sale' }
        @{ Names = @('--not-charged'); Value = $null; Help = 'Resolve by hand: you know that nothing was charged' }
        @{ Names = @('-y', '--yes'); Value = $null; Help = 'Answer yes to confirmations; does not imply --force or --over' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @(
        @{ Value = @{ Words = @(); Asks = $null }; Many = $false }
    )
}
$PjtermTree['cancel'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('-t', '--terminal'); Value = @{ Words = @(); Asks = 'terminals' }; Help = 'Alias, UUID or nickName (env PJTERM_TERMINAL)' }
        @{ Names = @('--request'); Value = @{ Words = @(); Asks = $null }; Help = 'Which request, by its id alone' }
        @{ Names = @('--any'); Value = $null; Help = 'Reset the reader whatever runs on it, after a question' }
        @{ Names = @('--timeout'); Value = @{ Words = @(); Asks = $null }; Help = 'How long to wait in all' }
        @{ Names = @('--until'); Value = @{ Words = @('result', 'complete'); Asks = $null }; Help = 'Return when the result is known, or the reader idle' }
        @{ Names = @('--via'); Value = @{ Words = @('auto', 'poll', 'relay'); Asks = $null }; Help = 'How to follow: polling or the local relay' }
        @{ Names = @('-y', '--yes'); Value = $null; Help = 'Answer yes to confirmations; does not imply --force or --over' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @(
        @{ Value = @{ Words = @(); Asks = $null }; Many = $false }
    )
}
$PjtermTree['status'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @(
        @{ Value = @{ Words = @(); Asks = $null }; Many = $false }
    )
}
$PjtermTree['follow'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('--timeout'); Value = @{ Words = @(); Asks = $null }; Help = 'How long to wait in all' }
        @{ Names = @('--until'); Value = @{ Words = @('result', 'complete'); Asks = $null }; Help = 'Return when the result is known, or the reader idle' }
        @{ Names = @('--via'); Value = @{ Words = @('auto', 'poll', 'relay'); Asks = $null }; Help = 'How to follow: polling or the local relay' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @(
        @{ Value = @{ Words = @(); Asks = $null }; Many = $false }
    )
}
$PjtermTree['accounts'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['sign'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('--terms-file'); Value = @{ Words = @(); Asks = $null }; Help = 'Terms from a file, - for stdin' }
        @{ Names = @('--save'); Value = @{ Words = @(); Asks = $null }; Help = 'Keep the image of the signature' }
        @{ Names = @('-t', '--terminal'); Value = @{ Words = @(); Asks = 'terminals' }; Help = 'Alias, UUID or nickName (env PJTERM_TERMINAL)' }
        @{ Names = @('--account'); Value = @{ Words = @(); Asks = $null }; Help = 'Merchant account (terminalId)' }
        @{ Names = @('-k', '--key'); Value = @{ Words = @(); Asks = $null }; Help = 'The sale''s own name: the same key never charges twice' }
        @{ Names = @('--timeout'); Value = @{ Words = @(); Asks = $null }; Help = 'How long to wait in all' }
        @{ Names = @('--no-wait'); Value = $null; Help = 'Return once accepted: outcome open, exit 0; ignores --wait-busy and --cancel-on-timeout' }
        @{ Names = @('--until'); Value = @{ Words = @('result', 'complete'); Asks = $null }; Help = 'Return when the result is known, or the reader idle' }
        @{ Names = @('--via'); Value = @{ Words = @('auto', 'poll', 'relay'); Asks = $null }; Help = 'How to follow: polling or the local relay' }
        @{ Names = @('--wait-busy'); Value = @{ Words = @(); Asks = $null }; Help = 'On BUSY, try again for this long' }
        @{ Names = @('--force'); Value = $null; Help = 'Send even if it looks like a duplicate' }
        @{ Names = @('--over'); Value = @{ Words = @(); Asks = $null }; Help = 'Send although this entry is open or unknown; may be repeated' }
        @{ Names = @('--cancel-on-timeout'); Value = $null; Help = 'Cancel when the time is up, and report how that ended' }
        @{ Names = @('-y', '--yes'); Value = $null; Help = 'Answer yes to confirmations; does not imply --force or --over' }
        @{ Names = @('--by'); Value = @{ Words = @(); Asks = $null }; Help = 'Who sells; kept in the journal only (env PJTERM_BY)' }
        @{ Names = @('--dry-run'); Value = $null; Help = 'Print what would be sent, and stop' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @(
        @{ Value = @{ Words = @(); Asks = $null }; Many = $false }
    )
}
$PjtermTree['prompt'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('-b', '--button'); Value = @{ Words = @(); Asks = $null }; Help = 'One to three labels; default: Yes and No' }
        @{ Names = @('--expect'); Value = @{ Words = @(); Asks = $null }; Help = 'Any other answer ends with exit 3' }
        @{ Names = @('-t', '--terminal'); Value = @{ Words = @(); Asks = 'terminals' }; Help = 'Alias, UUID or nickName (env PJTERM_TERMINAL)' }
        @{ Names = @('--account'); Value = @{ Words = @(); Asks = $null }; Help = 'Merchant account (terminalId)' }
        @{ Names = @('-k', '--key'); Value = @{ Words = @(); Asks = $null }; Help = 'The sale''s own name: the same key never charges twice' }
        @{ Names = @('--timeout'); Value = @{ Words = @(); Asks = $null }; Help = 'How long to wait in all' }
        @{ Names = @('--no-wait'); Value = $null; Help = 'Return once accepted: outcome open, exit 0; ignores --wait-busy and --cancel-on-timeout' }
        @{ Names = @('--until'); Value = @{ Words = @('result', 'complete'); Asks = $null }; Help = 'Return when the result is known, or the reader idle' }
        @{ Names = @('--via'); Value = @{ Words = @('auto', 'poll', 'relay'); Asks = $null }; Help = 'How to follow: polling or the local relay' }
        @{ Names = @('--wait-busy'); Value = @{ Words = @(); Asks = $null }; Help = 'On BUSY, try again for this long' }
        @{ Names = @('--force'); Value = $null; Help = 'Send even if it looks like a duplicate' }
        @{ Names = @('--over'); Value = @{ Words = @(); Asks = $null }; Help = 'Send although this entry is open or unknown; may be repeated' }
        @{ Names = @('--cancel-on-timeout'); Value = $null; Help = 'Cancel when the time is up, and report how that ended' }
        @{ Names = @('-y', '--yes'); Value = $null; Help = 'Answer yes to confirmations; does not imply --force or --over' }
        @{ Names = @('--by'); Value = @{ Words = @(); Asks = $null }; Help = 'Who sells; kept in the journal only (env PJTERM_BY)' }
        @{ Names = @('--dry-run'); Value = $null; Help = 'Print what would be sent, and stop' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @(
        @{ Value = @{ Words = @(); Asks = $null }; Many = $false }
    )
}
$PjtermTree['input'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('--type'); Value = @{ Words = @('phone'); Asks = $null }; Help = 'What is typed' }
        @{ Names = @('-t', '--terminal'); Value = @{ Words = @(); Asks = 'terminals' }; Help = 'Alias, UUID or nickName (env PJTERM_TERMINAL)' }
        @{ Names = @('--account'); Value = @{ Words = @(); Asks = $null }; Help = 'Merchant account (terminalId)' }
        @{ Names = @('-k', '--key'); Value = @{ Words = @(); Asks = $null }; Help = 'The sale''s own name: the same key never charges twice' }
        @{ Names = @('--timeout'); Value = @{ Words = @(); Asks = $null }; Help = 'How long to wait in all' }
        @{ Names = @('--no-wait'); Value = $null; Help = 'Return once accepted: outcome open, exit 0; ignores --wait-busy and --cancel-on-timeout' }
        @{ Names = @('--until'); Value = @{ Words = @('result', 'complete'); Asks = $null }; Help = 'Return when the result is known, or the reader idle' }
        @{ Names = @('--via'); Value = @{ Words = @('auto', 'poll', 'relay'); Asks = $null }; Help = 'How to follow: polling or the local relay' }
        @{ Names = @('--wait-busy'); Value = @{ Words = @(); Asks = $null }; Help = 'On BUSY, try again for this long' }
        @{ Names = @('--force'); Value = $null; Help = 'Send even if it looks like a duplicate' }
        @{ Names = @('--over'); Value = @{ Words = @(); Asks = $null }; Help = 'Send although this entry is open or unknown; may be repeated' }
        @{ Names = @('--cancel-on-timeout'); Value = $null; Help = 'Cancel when the time is up, and report how that ended' }
        @{ Names = @('-y', '--yes'); Value = $null; Help = 'Answer yes to confirmations; does not imply --force or --over' }
        @{ Names = @('--by'); Value = @{ Words = @(); Asks = $null }; Help = 'Who sells; kept in the journal only (env PJTERM_BY)' }
        @{ Names = @('--dry-run'); Value = $null; Help = 'Print what would be sent, and stop' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['read'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('-t', '--terminal'); Value = @{ Words = @(); Asks = 'terminals' }; Help = 'Alias, UUID or nickName (env PJTERM_TERMINAL)' }
        @{ Names = @('--account'); Value = @{ Words = @(); Asks = $null }; Help = 'Merchant account (terminalId)' }
        @{ Names = @('-k', '--key'); Value = @{ Words = @(); Asks = $null }; Help = 'The sale''s own name: the same key never charges twice' }
        @{ Names = @('--timeout'); Value = @{ Words = @(); Asks = $null }; Help = 'How long to wait in all' }
        @{ Names = @('--no-wait'); Value = $null; Help = 'Return once accepted: outcome open, exit 0; ignores --wait-busy and --cancel-on-timeout' }
        @{ Names = @('--until'); Value = @{ Words = @('result', 'complete'); Asks = $null }; Help = 'Return when the result is known, or the reader idle' }
        @{ Names = @('--via'); Value = @{ Words = @('auto', 'poll', 'relay'); Asks = $null }; Help = 'How to follow: polling or the local relay' }
        @{ Names = @('--wait-busy'); Value = @{ Words = @(); Asks = $null }; Help = 'On BUSY, try again for this long' }
        @{ Names = @('--force'); Value = $null; Help = 'Send even if it looks like a duplicate' }
        @{ Names = @('--over'); Value = @{ Words = @(); Asks = $null }; Help = 'Send although this entry is open or unknown; may be repeated' }
        @{ Names = @('--cancel-on-timeout'); Value = $null; Help = 'Cancel when the time is up, and report how that ended' }
        @{ Names = @('-y', '--yes'); Value = $null; Help = 'Answer yes to confirmations; does not imply --force or --over' }
        @{ Names = @('--by'); Value = @{ Words = @(); Asks = $null }; Help = 'Who sells; kept in the journal only (env PJTERM_BY)' }
        @{ Names = @('--dry-run'); Value = $null; Help = 'Print what would be sent, and stop' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['why'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('--raw'); Value = $null; Help = 'The facts as they were seen, each with its source' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @(
        @{ Value = @{ Words = @(); Asks = $null }; Many = $false }
    )
}
$PjtermTree['explain'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @(
        @{ Value = @{ Words = @(); Asks = $null }; Many = $false }
    )
}
$PjtermTree['receipt'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('--save'); Value = @{ Words = @(); Asks = $null }; Help = 'Keep it as the API made it' }
        @{ Names = @('--email'); Value = @{ Words = @(); Asks = $null }; Help = 'Have it e-mailed there' }
        @{ Names = @('--reply-to'); Value = @{ Words = @(); Asks = $null }; Help = 'Default: the profile''s reply_to' }
        @{ Names = @('--ask-signature'); Value = $null; Help = 'The e-mail asks for a signature if there is none' }
        @{ Names = @('--thermal'); Value = $null; Help = 'The narrow one (default)' }
        @{ Names = @('--fullpage'); Value = $null; Help = 'The one for letter paper' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @(
        @{ Value = @{ Words = @(); Asks = $null }; Many = $false }
    )
}
$PjtermTree['signature'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('--save'); Value = @{ Words = @(); Asks = $null }; Help = 'Keep the image instead of showing it' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @(
        @{ Value = @{ Words = @(); Asks = $null }; Many = $false }
    )
}
$PjtermTree['dispute'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('--case'); Value = @{ Words = @(); Asks = $null }; Help = 'The case number that the letter names' }
        @{ Names = @('--signed'); Value = @{ Words = @(); Asks = $null }; Help = 'Terms that were signed for this sale: the key of that sign' }
        @{ Names = @('--out'); Value = @{ Words = @(); Asks = $null }; Help = 'Default: dispute-TRANSACTION.pdf; - for stdout' }
        @{ Names = @('--force'); Value = $null; Help = 'Write it although something is missing or the sale was voided; it says so' }
        @{ Names = @('-y', '--yes'); Value = $null; Help = 'Answer yes to confirmations; does not imply --force or --over' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @(
        @{ Value = @{ Words = @(); Asks = $null }; Many = $false }
    )
}
$PjtermTree['refund'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('--transaction'); Value = @{ Words = @(); Asks = $null }; Help = 'Refund this without the reader; a sale key, transaction or request id' }
        @{ Names = @('--tip'); Value = @{ Words = @(); Asks = $null }; Help = 'Tip to give back, on top; with --transaction' }
        @{ Names = @('-t', '--terminal'); Value = @{ Words = @(); Asks = 'terminals' }; Help = 'Alias, UUID or nickName (env PJTERM_TERMINAL)' }
        @{ Names = @('--account'); Value = @{ Words = @(); Asks = $null }; Help = 'Merchant account (terminalId)' }
        @{ Names = @('-k', '--key'); Value = @{ Words = @(); Asks = $null }; Help = 'The sale''s own name: the same key never charges twice' }
        @{ Names = @('--timeout'); Value = @{ Words = @(); Asks = $null }; Help = 'How long to wait in all' }
        @{ Names = @('--no-wait'); Value = $null; Help = 'Return once accepted: outcome open, exit 0; ignores --wait-busy and --cancel-on-timeout' }
        @{ Names = @('--until'); Value = @{ Words = @('result', 'complete'); Asks = $null }; Help = 'Return when the result is known, or the reader idle' }
        @{ Names = @('--via'); Value = @{ Words = @('auto', 'poll', 'relay'); Asks = $null }; Help = 'How to follow: polling or the local relay' }
        @{ Names = @('--wait-busy'); Value = @{ Words = @(); Asks = $null }; Help = 'On BUSY, try again for this long' }
        @{ Names = @('--force'); Value = $null; Help = 'Send even if it looks like a duplicate' }
        @{ Names = @('--over'); Value = @{ Words = @(); Asks = $null }; Help = 'Send although this entry is open or unknown; may be repeated' }
        @{ Names = @('--cancel-on-timeout'); Value = $null; Help = 'Cancel when the time is up, and report how that ended' }
        @{ Names = @('-y', '--yes'); Value = $null; Help = 'Answer yes to confirmations; does not imply --force or --over' }
        @{ Names = @('--by'); Value = @{ Words = @(); Asks = $null }; Help = 'Who sells; kept in the journal only (env PJTERM_BY)' }
        @{ Names = @('--dry-run'); Value = $null; Help = 'Print what would be sent, and stop' }
        @{ Names = @('--tax'); Value = @{ Words = @(); Asks = $null }; Help = 'Tax, on top of AMOUNT' }
        @{ Names = @('--shipping'); Value = @{ Words = @(); Asks = $null }; Help = 'Shipping, on top' }
        @{ Names = @('--surcharge'); Value = @{ Words = @(); Asks = $null }; Help = 'Surcharge, on top (0 turns the account''s own off)' }
        @{ Names = @('--invoice'); Value = @{ Words = @(); Asks = $null }; Help = 'Invoice number, 1-32 characters; default: made from the key' }
        @{ Names = @('--po'); Value = @{ Words = @(); Asks = $null }; Help = 'Purchase order number, 1-32 characters' }
        @{ Names = @('--note'); Value = @{ Words = @(); Asks = $null }; Help = 'A note, at most 2048 characters' }
        @{ Names = @('--ask-tip'); Value = $null; Help = 'Ask for a tip at the reader' }
        @{ Names = @('--keyed'); Value = $null; Help = 'Allow the card to be keyed in at the reader' }
        @{ Names = @('--receipt-prompt'); Value = $null; Help = 'Ask at the reader how to give the receipt' }
        @{ Names = @('--no-receipt-prompt'); Value = $null; Help = 'Not: Ask at the reader how to give the receipt' }
        @{ Names = @('--signature-prompt'); Value = $null; Help = 'Ask for a signature at the reader' }
        @{ Names = @('--no-signature-prompt'); Value = $null; Help = 'Not: Ask for a signature at the reader' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @(
        @{ Value = @{ Words = @(); Asks = $null }; Many = $false }
    )
}
$PjtermTree['void'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('-k', '--key'); Value = @{ Words = @(); Asks = $null }; Help = 'The sale''s own name: the same key never charges twice' }
        @{ Names = @('--timeout'); Value = @{ Words = @(); Asks = $null }; Help = 'How long to wait in all' }
        @{ Names = @('--over'); Value = @{ Words = @(); Asks = $null }; Help = 'Send although this entry is open or unknown; may be repeated' }
        @{ Names = @('-y', '--yes'); Value = $null; Help = 'Answer yes to confirmations; does not imply --force or --over' }
        @{ Names = @('--by'); Value = @{ Words = @(); Asks = $null }; Help = 'Who sells; kept in the journal only (env PJTERM_BY)' }
        @{ Names = @('--dry-run'); Value = $null; Help = 'Print what would be sent, and stop' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @(
        @{ Value = @{ Words = @(); Asks = $null }; Many = $false }
    )
}
$PjtermTree['tip'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('-k', '--key'); Value = @{ Words = @(); Asks = $null }; Help = 'The sale''s own name: the same key never charges twice' }
        @{ Names = @('--timeout'); Value = @{ Words = @(); Asks = $null }; Help = 'How long to wait in all' }
        @{ Names = @('--force'); Value = $null; Help = 'Add it although it is above 20 %' }
        @{ Names = @('--over'); Value = @{ Words = @(); Asks = $null }; Help = 'Send although this entry is open or unknown; may be repeated' }
        @{ Names = @('-y', '--yes'); Value = $null; Help = 'Answer yes to confirmations; does not imply --force or --over' }
        @{ Names = @('--by'); Value = @{ Words = @(); Asks = $null }; Help = 'Who sells; kept in the journal only (env PJTERM_BY)' }
        @{ Names = @('--dry-run'); Value = $null; Help = 'Print what would be sent, and stop' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @(
        @{ Value = @{ Words = @(); Asks = $null }; Many = $false }
        @{ Value = @{ Words = @(); Asks = $null }; Many = $false }
    )
}
$PjtermTree['report'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('--day'); Value = @{ Words = @(); Asks = $null }; Help = 'Which business day; default: today' }
        @{ Names = @('--since'); Value = @{ Words = @(); Asks = $null }; Help = 'From this date or time on, instead of a day' }
        @{ Names = @('--before'); Value = @{ Words = @(); Asks = $null }; Help = 'Until this date or time, not included' }
        @{ Names = @('--by-operator'); Value = $null; Help = 'Also by who sold (--by)' }
        @{ Names = @('--csv'); Value = $null; Help = 'CSV on stdout, with a header' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['close'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('--day'); Value = @{ Words = @(); Asks = $null }; Help = 'Which business day; default: today' }
        @{ Names = @('--show'); Value = @{ Words = @(); Asks = $null }; Help = 'Print this close again' }
        @{ Names = @('--force'); Value = $null; Help = 'Close although something is open or differs; marked incomplete' }
        @{ Names = @('--over'); Value = @{ Words = @(); Asks = $null }; Help = 'This suspected double charge is two sales; may be repeated' }
        @{ Names = @('--by'); Value = @{ Words = @(); Asks = $null }; Help = 'Who sells; kept in the journal only (env PJTERM_BY)' }
        @{ Names = @('-y', '--yes'); Value = $null; Help = 'Answer yes to confirmations; does not imply --force or --over' }
        @{ Names = @('--csv'); Value = $null; Help = 'CSV on stdout, with a header' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['reconcile'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('--day'); Value = @{ Words = @(); Asks = $null }; Help = 'Which business day; default: today' }
        @{ Names = @('--settlement'); Value = @{ Words = @(); Asks = $null }; Help = 'A settlement instead of a day' }
        @{ Names = @('--csv'); Value = $null; Help = 'CSV on stdout, with a header' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['doctor'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('--prompt'); Value = @{ Words = @(); Asks = $null }; Help = 'Also ask a harmless question on this terminal' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['log'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('--lines'); Value = @{ Words = @(); Asks = $null }; Help = 'How many of the last ones; default: 20' }
        @{ Names = @('--path'); Value = $null; Help = 'Only where the file is' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['help'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @(
        @{ Value = @{ Words = @(); Asks = $null }; Many = $true }
    )
}
$PjtermTree['schema'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @(
        @{ Value = @{ Words = @(); Asks = $null }; Many = $false }
    )
}
$PjtermTree['probe'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('-t', '--terminal'); Value = @{ Words = @(); Asks = 'terminals' }; Help = 'Alias, UUID or nickName (env PJTERM_TERMINAL)' }
        @{ Names = @('--account'); Value = @{ Words = @(); Asks = $null }; Help = 'Merchant account (terminalId)' }
        @{ Names = @('--out'); Value = @{ Words = @(); Asks = $null }; Help = 'Default: facts.toml beside the configuration' }
        @{ Names = @('-y', '--yes'); Value = $null; Help = 'Answer yes to confirmations; does not imply --force or --over' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['requests'] = @{
    Commands  = @(
        @{ Name = 'list'; Help = 'List what was sent from this machine, newest first' }
        @{ Name = 'show'; Help = 'Show one entry of the journal' }
    )
    Options   = @(
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['requests list'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('--limit'); Value = @{ Words = @(); Asks = $null }; Help = 'How many at most' }
        @{ Names = @('--open'); Value = $null; Help = 'Only those that are open or unknown' }
        @{ Names = @('--since'); Value = @{ Words = @(); Asks = $null }; Help = 'Started on or after this, local time' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['requests show'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @(
        @{ Value = @{ Words = @(); Asks = $null }; Many = $false }
    )
}
$PjtermTree['terminals'] = @{
    Commands  = @(
        @{ Name = 'list'; Help = 'List the Smart Terminals of the account, with this profile''s aliases' }
        @{ Name = 'ping'; Help = 'Find out whether a reader can be reached' }
        @{ Name = 'alias'; Help = 'Give a reader a name in this profile, which saves a lookup' }
        @{ Name = 'unalias'; Help = 'Forget an alias of this profile' }
    )
    Options   = @(
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['terminals list'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['terminals ping'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('--all'); Value = $null; Help = 'Every reader of the account' }
        @{ Names = @('--account'); Value = @{ Words = @(); Asks = $null }; Help = 'Merchant account (terminalId)' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @(
        @{ Value = @{ Words = @(); Asks = $null }; Many = $true }
    )
}
$PjtermTree['terminals alias'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @(
        @{ Value = @{ Words = @(); Asks = $null }; Many = $false }
        @{ Value = @{ Words = @(); Asks = $null }; Many = $false }
    )
}
$PjtermTree['terminals unalias'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @(
        @{ Value = @{ Words = @(); Asks = 'terminals' }; Many = $false }
    )
}
$PjtermTree['journal'] = @{
    Commands  = @(
        @{ Name = 'verify'; Help = 'Check the journal against its hash chain, from its first entry to now' }
        @{ Name = 'backup'; Help = 'Write a whole copy of the journal into one file, at any time' }
        @{ Name = 'accept'; Help = 'Go on with a journal that is damaged, cut, gone or an old copy, as it is now' }
    )
    Options   = @(
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['journal verify'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['journal backup'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @(
        @{ Value = @{ Words = @(); Asks = $null }; Many = $false }
    )
}
$PjtermTree['journal accept'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('-y', '--yes'); Value = $null; Help = 'Do not ask' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['transactions'] = @{
    Commands  = @(
        @{ Name = 'list'; Help = 'Search the transactions of the merchant, newest first, over all pages' }
        @{ Name = 'show'; Help = 'Show one transaction as the API has it now' }
    )
    Options   = @(
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['transactions list'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('--today'); Value = $null; Help = 'Only today''s (the default without any filter)' }
        @{ Names = @('--since'); Value = @{ Words = @(); Asks = $null }; Help = 'Created on or after' }
        @{ Names = @('--before'); Value = @{ Words = @(); Asks = $null }; Help = 'Created before' }
        @{ Names = @('--limit'); Value = @{ Words = @(); Asks = $null }; Help = 'The newest N only; default: all' }
        @{ Names = @('--invoice'); Value = @{ Words = @(); Asks = $null }; Help = 'Invoice number' }
        @{ Names = @('--po'); Value = @{ Words = @(); Asks = $null }; Help = 'Purchase order number' }
        @{ Names = @('--status'); Value = @{ Words = @('CAPTURE', 'DECLINED', 'HOLD', 'REJECT', 'VOID'); Asks = $null }; Help = 'CAPTURE, DECLINED, HOLD, REJECT or VOID' }
        @{ Names = @('--action'); Value = @{ Words = @('CHARGE', 'REFUND', 'VERIFY'); Asks = $null }; Help = 'CHARGE, REFUND or VERIFY' }
        @{ Names = @('--amount'); Value = @{ Words = @(); Asks = $null }; Help = 'Total, tip and all' }
        @{ Names = @('--last-four'); Value = @{ Words = @(); Asks = $null }; Help = 'Of the card' }
        @{ Names = @('--service'); Value = @{ Words = @(); Asks = $null }; Help = 'SMART_TERMINAL, VIRTUAL_TERMINAL, API, ...' }
        @{ Names = @('--settlement'); Value = @{ Words = @(); Asks = $null }; Help = '0: all that is unsettled' }
        @{ Names = @('--schedule'); Value = @{ Words = @(); Asks = $null }; Help = 'Of a recurring payment' }
        @{ Names = @('--account'); Value = @{ Words = @(); Asks = $null }; Help = 'Merchant account (terminalId)' }
        @{ Names = @('--transaction'); Value = @{ Words = @(); Asks = $null }; Help = 'One transaction' }
        @{ Names = @('--billing-first-name'); Value = @{ Words = @(); Asks = $null }; Help = 'As billed' }
        @{ Names = @('--billing-last-name'); Value = @{ Words = @(); Asks = $null }; Help = 'As billed' }
        @{ Names = @('--billing-identifier'); Value = @{ Words = @(); Asks = $null }; Help = 'Your own id of the customer' }
        @{ Names = @('--external-id'); Value = @{ Words = @(); Asks = $null }; Help = 'metadata[externalId]' }
        @{ Names = @('--external-data'); Value = @{ Words = @(); Asks = $null }; Help = 'metadata[externalData]' }
        @{ Names = @('--csv'); Value = $null; Help = 'CSV on stdout, with a header' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['transactions show'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @(
        @{ Value = @{ Words = @(); Asks = $null }; Many = $false }
    )
}
$PjtermTree['settlements'] = @{
    Commands  = @(
        @{ Name = 'list'; Help = 'List the settlements of the merchant, newest first' }
        @{ Name = 'show'; Help = 'Show one settlement: its net, and what it consists of by brand' }
    )
    Options   = @(
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['settlements list'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('--account'); Value = @{ Words = @(); Asks = $null }; Help = 'Merchant account (terminalId)' }
        @{ Names = @('--limit'); Value = @{ Words = @(); Asks = $null }; Help = 'The newest N only; default: all' }
        @{ Names = @('--csv'); Value = $null; Help = 'CSV on stdout, with a header' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['settlements show'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @(
        @{ Value = @{ Words = @(); Asks = $null }; Many = $false }
    )
}
$PjtermTree['deposits'] = @{
    Commands  = @(
        @{ Name = 'list'; Help = 'List what PayJunction paid into the bank, newest first' }
        @{ Name = 'show'; Help = 'Show one deposit: batches, fees, chargebacks and the net, by brand' }
    )
    Options   = @(
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['deposits list'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('--merchant'); Value = @{ Words = @(); Asks = $null }; Help = 'Of this merchantNumber (pjterm accounts)' }
        @{ Names = @('--limit'); Value = @{ Words = @(); Asks = $null }; Help = 'The newest N only; default: all' }
        @{ Names = @('--csv'); Value = $null; Help = 'CSV on stdout, with a header' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['deposits show'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @(
        @{ Value = @{ Words = @(); Asks = $null }; Many = $false }
    )
}
$PjtermTree['profiles'] = @{
    Commands  = @(
        @{ Name = 'list'; Help = 'List the profiles; the default one is marked' }
        @{ Name = 'show'; Help = 'Show one profile, without its secrets' }
        @{ Name = 'add'; Help = 'Add a profile; the first one becomes the default' }
        @{ Name = 'use'; Help = 'Make a profile the default' }
        @{ Name = 'remove'; Help = 'Remove a profile and its secrets' }
        @{ Name = 'set-secret'; Help = 'Store or replace a secret of a profile, typed without echo or read from stdin' }
    )
    Options   = @(
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['profiles list'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['profiles show'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @(
        @{ Value = @{ Words = @(); Asks = 'profiles' }; Many = $false }
    )
}
$PjtermTree['profiles add'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('--environment'); Value = @{ Words = @('labs', 'production', 'simulator'); Asks = $null }; Help = 'Whose money moves' }
        @{ Names = @('--login'); Value = @{ Words = @(); Asks = $null }; Help = 'The API login' }
        @{ Names = @('-t', '--terminal'); Value = @{ Words = @(); Asks = 'terminals' }; Help = 'The usual reader' }
        @{ Names = @('--account'); Value = @{ Words = @(); Asks = $null }; Help = 'The merchant account (terminalId)' }
        @{ Names = @('--base-url'); Value = @{ Words = @(); Asks = $null }; Help = 'Default: by environment' }
        @{ Names = @('--relay'); Value = @{ Words = @(); Asks = $null }; Help = 'The relay that gets its webhooks' }
        @{ Names = @('--secrets-stdin'); Value = $null; Help = 'Read the secrets as one JSON object from stdin' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @(
        @{ Value = @{ Words = @(); Asks = $null }; Many = $false }
    )
}
$PjtermTree['profiles use'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @(
        @{ Value = @{ Words = @(); Asks = 'profiles' }; Many = $false }
    )
}
$PjtermTree['profiles remove'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('-y', '--yes'); Value = $null; Help = 'Do not ask' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @(
        @{ Value = @{ Words = @(); Asks = 'profiles' }; Many = $false }
    )
}
$PjtermTree['profiles set-secret'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('--secrets-stdin'); Value = $null; Help = 'Read secrets as one JSON object from stdin' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @(
        @{ Value = @{ Words = @(); Asks = 'profiles' }; Many = $false }
        @{ Value = @{ Words = @('password', 'app_key', 'webhook_secret', 'relay_token'); Asks = $null }; Many = $false }
    )
}
$PjtermTree['completions'] = @{
    Commands  = @(
        @{ Name = 'install'; Help = 'Put the completion script where the shell looks for it, and say what else it needs' }
        @{ Name = 'show'; Help = 'Print the completion script of a shell' }
    )
    Options   = @(
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['completions install'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @(
        @{ Value = @{ Words = @('bash', 'zsh', 'fish', 'powershell'); Asks = $null }; Many = $false }
    )
}
$PjtermTree['completions show'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @(
        @{ Value = @{ Words = @('bash', 'zsh', 'fish', 'powershell'); Asks = $null }; Many = $false }
    )
}
$PjtermTree['simulator'] = @{
    Commands  = @(
        @{ Name = 'serve'; Help = 'Serve the simulated API until Ctrl-C; other commands of this user find it by themselves' }
        @{ Name = 'scenarios'; Help = 'List the scenarios that the simulator knows by name, one line each' }
        @{ Name = 'play'; Help = 'Be the customer: see each virtual terminal, tap a card, press buttons, type digits, unplug it' }
        @{ Name = 'verify'; Help = 'Run an integration in every scenario, and compare what it believes with what was booked' }
        @{ Name = 'openapi'; Help = 'The OpenAPI document of the simulated API' }
    )
    Options   = @(
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['simulator serve'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('--port'); Value = @{ Words = @(); Asks = $null }; Help = '0 picks a free one' }
        @{ Names = @('--speed'); Value = @{ Words = @(); Asks = $null }; Help = 'Speed-up factor over real time' }
        @{ Names = @('--seed'); Value = @{ Words = @(); Asks = $null }; Help = 'The same ids again, in a new state directory' }
        @{ Names = @('--scenario'); Value = @{ Words = @('approved', 'declined', 'cancelled', 'busy', 'unreachable', 'slow', 'device-timeout', 'late-result', 'unknown-status', 'reply-lost', 'reply-lost-not-started', 'http-500', 'http-502-html', 'truncated', 'rate-limited', 'webhook-lost', 'webhook-twice', 'webhook-late', 'webhook-out-of-order', 'webhook-bad-signature', 'webhook-same-id', 'declined-then-approved', 'late-booking', 'search-lag', 'second-till', 'reset-elsewhere', 'proxy-page', 'partial', 'held', 'numbers-as-text'); Asks = $null }; Help = 'What goes wrong; default: nothing' }
        @{ Names = @('--webhook-url'); Value = @{ Words = @(); Asks = $null }; Help = 'Where webhooks go, signed with `simulator`' }
        @{ Names = @('--allow-outbound'); Value = $null; Help = 'Let webhooks leave this machine' }
        @{ Names = @('--state'); Value = @{ Words = @(); Asks = $null }; Help = 'Books of its own, in this directory' }
        @{ Names = @('--memory'); Value = $null; Help = 'Books in memory, gone at the end' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['simulator scenarios'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['simulator play'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @(
        @{ Value = @{ Words = @(); Asks = $null }; Many = $false }
    )
}
$PjtermTree['simulator verify'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('--only'); Value = @{ Words = @('approved', 'declined', 'cancelled', 'busy', 'unreachable', 'slow', 'device-timeout', 'late-result', 'unknown-status', 'reply-lost', 'reply-lost-not-started', 'http-500', 'http-502-html', 'truncated', 'rate-limited', 'webhook-lost', 'webhook-twice', 'webhook-late', 'webhook-out-of-order', 'webhook-bad-signature', 'webhook-same-id', 'declined-then-approved', 'late-booking', 'search-lag', 'second-till', 'reset-elsewhere', 'proxy-page', 'partial', 'held', 'numbers-as-text'); Asks = $null }; Help = 'Only these scenarios' }
        @{ Names = @('--seed'); Value = @{ Words = @(); Asks = $null }; Help = 'Makes a run repeatable' }
        @{ Names = @('--junit'); Value = @{ Words = @(); Asks = $null }; Help = 'Write the report as JUnit XML too' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @(
        @{ Value = @{ Words = @(); Asks = $null }; Many = $true }
    )
}
$PjtermTree['simulator openapi'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['relay'] = @{
    Commands  = @(
        @{ Name = 'serve'; Help = 'Receive the webhooks of all profiles that have a webhook secret, until Ctrl-C' }
        @{ Name = 'status'; Help = 'Show the relay''s state: events, followers, forwards, the last verified delivery per profile' }
        @{ Name = 'token'; Help = 'Print the followers'' token of this user''s relay, for other machines'' profiles' }
    )
    Options   = @(
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['relay serve'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('--host'); Value = @{ Words = @(); Asks = $null }; Help = 'Where to listen' }
        @{ Names = @('--port'); Value = @{ Words = @(); Asks = $null }; Help = '0 picks a free one' }
        @{ Names = @('--store'); Value = @{ Words = @(); Asks = $null }; Help = 'sqlite:////DIR/FILE or nats://HOST:PORT/STREAM; default: a file of its own' }
        @{ Names = @('--forward'); Value = @{ Words = @(); Asks = $null }; Help = 'Hand on each event that comes from now on, exact bytes' }
        @{ Names = @('--allow-unsigned'); Value = $null; Help = 'Also keep what comes unsigned (loopback, not production)' }
        @{ Names = @('--retention'); Value = @{ Words = @(); Asks = $null }; Help = 'How long events are kept; 0: forever' }
        @{ Names = @('--max-size'); Value = @{ Words = @(); Asks = $null }; Help = 'Room for events, e.g' }
        @{ Names = @('--monitor'); Value = @{ Words = @(); Asks = $null }; Help = 'A NATS server''s monitoring page; default: port 8222 of each' }
        @{ Names = @('--allow-unsynced'); Value = $null; Help = 'Use a stream that acknowledges before it is on disk' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['relay status'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('--fleet'); Value = $null; Help = 'Every relay that shares this one''s stream' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['relay token'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('--rotate'); Value = $null; Help = 'Make a new one; followers need it then' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['events'] = @{
    Commands  = @(
        @{ Name = 'tail'; Help = 'Show events as they arrive, until Ctrl-C; survives restarts of the relay' }
        @{ Name = 'list'; Help = 'List kept events, oldest first; reads the store itself where no relay runs' }
        @{ Name = 'show'; Help = 'Show one event as it was received: headers, exact body, and whether its signature verifies' }
        @{ Name = 'replay'; Help = 'Send kept events again, exact bytes and headers, in the order given; stops at the first that is not answered' }
        @{ Name = 'export'; Help = 'Write all kept events as JSON Lines; with --json as one object' }
    )
    Options   = @(
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['events tail'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('--request'); Value = @{ Words = @(); Asks = $null }; Help = 'Only this request''s' }
        @{ Names = @('--type'); Value = @{ Words = @('SMARTTERMINAL_REQUEST', 'TRANSACTION', 'TRANSACTION_SIGNATURE', 'CUSTOMER', 'DEPOSIT', 'SETTLEMENT'); Asks = $null }; Help = 'Only this type, such as SMARTTERMINAL_REQUEST' }
        @{ Names = @('--since'); Value = @{ Words = @(); Asks = $null }; Help = 'Received on or after this, local time' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['events list'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('--limit'); Value = @{ Words = @(); Asks = $null }; Help = 'How many at most' }
        @{ Names = @('--after'); Value = @{ Words = @(); Asks = $null }; Help = 'Only those after' }
        @{ Names = @('--request'); Value = @{ Words = @(); Asks = $null }; Help = 'Only this request''s' }
        @{ Names = @('--type'); Value = @{ Words = @('SMARTTERMINAL_REQUEST', 'TRANSACTION', 'TRANSACTION_SIGNATURE', 'CUSTOMER', 'DEPOSIT', 'SETTLEMENT'); Asks = $null }; Help = 'Only this type, such as SMARTTERMINAL_REQUEST' }
        @{ Names = @('--since'); Value = @{ Words = @(); Asks = $null }; Help = 'Received on or after this, local time' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['events show'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @(
        @{ Value = @{ Words = @(); Asks = $null }; Many = $false }
    )
}
$PjtermTree['events replay'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('--to'); Value = @{ Words = @(); Asks = $null }; Help = 'Where to send them' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @(
        @{ Value = @{ Words = @(); Asks = $null }; Many = $true }
    )
}
$PjtermTree['events export'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('--request'); Value = @{ Words = @(); Asks = $null }; Help = 'Only this request''s' }
        @{ Names = @('--type'); Value = @{ Words = @('SMARTTERMINAL_REQUEST', 'TRANSACTION', 'TRANSACTION_SIGNATURE', 'CUSTOMER', 'DEPOSIT', 'SETTLEMENT'); Asks = $null }; Help = 'Only this type, such as SMARTTERMINAL_REQUEST' }
        @{ Names = @('--since'); Value = @{ Words = @(); Asks = $null }; Help = 'Received on or after this, local time' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['webhooks'] = @{
    Commands  = @(
        @{ Name = 'list'; Help = 'List the merchant''s subscriptions, and what each is to this profile''s relay' }
        @{ Name = 'create'; Help = 'Subscribe to an event' }
        @{ Name = 'update'; Help = 'Change where a subscription''s deliveries go' }
        @{ Name = 'delete'; Help = 'End a subscription' }
        @{ Name = 'rotate'; Help = 'Give this profile''s subscriptions a new secret' }
    )
    Options   = @(
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['webhooks list'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['webhooks create'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('--url'); Value = @{ Words = @(); Asks = $null }; Help = 'Where to: https, no port, ending in /webhooks/NAME' }
        @{ Names = @('--event'); Value = @{ Words = @('SMARTTERMINAL_REQUEST', 'TRANSACTION', 'TRANSACTION_SIGNATURE', 'CUSTOMER', 'DEPOSIT', 'SETTLEMENT'); Asks = $null }; Help = 'One event' }
        @{ Names = @('--dry-run'); Value = $null; Help = 'Print what would be sent, and stop' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @()
}
$PjtermTree['webhooks update'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('--url'); Value = @{ Words = @(); Asks = $null }; Help = 'Where its deliveries go from now on' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @(
        @{ Value = @{ Words = @(); Asks = $null }; Many = $false }
    )
}
$PjtermTree['webhooks delete'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('-y', '--yes'); Value = $null; Help = 'Answer yes to confirmations; does not imply --force or --over' }
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @(
        @{ Value = @{ Words = @(); Asks = $null }; Many = $false }
    )
}
$PjtermTree['webhooks rotate'] = @{
    Commands  = @()
    Options   = @(
        @{ Names = @('-p', '--profile'); Value = @{ Words = @(); Asks = 'profiles' }; Help = 'Which profile (env PJTERM_PROFILE)' }
        @{ Names = @('-o', '--output'); Value = @{ Words = @('text', 'json', 'ndjson'); Asks = $null }; Help = 'What stdout gets: text, json or ndjson' }
        @{ Names = @('--json'); Value = $null; Help = 'The same as -o json' }
        @{ Names = @('-q', '--quiet'); Value = $null; Help = 'No progress and no notices on stderr; errors stay' }
        @{ Names = @('-v', '--verbose'); Value = $null; Help = 'Each HTTP exchange as one line on stderr, no secrets' }
        @{ Names = @('--bell'); Value = $null; Help = 'Ring at the verdict' }
        @{ Names = @('--wide'); Value = $null; Help = 'Tables on a terminal: cut nothing' }
        @{ Names = @('--version'); Value = $null; Help = 'Print the version and exit' }
        @{ Names = @('--help'); Value = $null; Help = 'Show help and exit' }
    )
    Arguments = @(
        @{ Value = @{ Words = @(); Asks = $null }; Many = $true }
    )
}

Register-ArgumentCompleter -Native -CommandName pjterm -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $program = $commandAst.GetCommandName() # as it was typed: the one of a venv may not be in PATH
    if (-not $program) { $program = 'pjterm' }
    $path = ''
    $at = $PjtermTree[$path]
    $chosen = $null
    $pending = $null
    $count = 0
    $onlyArguments = $false
    foreach ($element in ($commandAst.CommandElements | Select-Object -Skip 1)) {
        if ($element.Extent.EndOffset -ge $cursorPosition) { break }
        $word = $element.Extent.Text.Trim("'", '"')
        if ($pending) {
            if ($pending -cin '-p', '--profile') { $chosen = $word }
            $pending = $null
        } elseif ($onlyArguments) {
            $count += 1
        } elseif ($word -eq '--') {
            $onlyArguments = $true
        } elseif ($word.StartsWith('-')) {
            $name, $value = $word -split '=', 2
            $option = $at.Options | Where-Object { $_.Names -ccontains $name } | Select-Object -First 1
            if ($option -and $option.Value) {
                if ($null -eq $value) { $pending = $name }
                elseif ($name -ceq '--profile') { $chosen = $value }
            }
        } elseif ($PjtermTree.ContainsKey("$path $word".Trim())) {
            $path = "$path $word".Trim()
            $at = $PjtermTree[$path]
        } else {
            $count += 1
        }
    }

    function Get-Offer($value, $prefix, $typed) {
        if (-not $value) { return }
        $words = @($value.Words)
        if ($value.Asks) {
            $ask = @('completions', 'values', $value.Asks)
            if ($chosen) { $ask += @('-p', $chosen) }
            # PowerShell reads in the console's code page; Python would write in the system's
            $before = $env:PYTHONIOENCODING
            $env:PYTHONIOENCODING = "cp$([Console]::OutputEncoding.CodePage)"
            try { $words = @(& $program @ask 2>$null) } finally { $env:PYTHONIOENCODING = $before }
        }
        foreach ($one in $words | Where-Object { $_ -and $_.StartsWith($typed) }) {
            $text = if ($one -match '[^\w.:/-]') { "'" + $one.Replace("'", "''") + "'" } else { $one }
            [System.Management.Automation.CompletionResult]::new("$prefix$text", $one, 'ParameterValue', $one)
        }
    }

    if ($pending) {
        $option = $at.Options | Where-Object { $_.Names -ccontains $pending } | Select-Object -First 1
        return Get-Offer $option.Value '' $wordToComplete.Trim("'", '"')
    }
    if ($wordToComplete.StartsWith('-') -and -not $onlyArguments) {
        if ($wordToComplete.Contains('=')) {
            $name, $typed = $wordToComplete -split '=', 2
            $option = $at.Options | Where-Object { $_.Names -ccontains $name } | Select-Object -First 1
            return Get-Offer $option.Value "$name=" $typed
        }
        foreach ($option in $at.Options) {
            foreach ($name in $option.Names | Where-Object { $_.StartsWith($wordToComplete) }) {
                [System.Management.Automation.CompletionResult]::new($name, $name, 'ParameterName', $option.Help)
            }
        }
        return
    }
    if ($at.Commands.Count -gt 0) {
        if ($count -gt 0) { return }
        foreach ($command in $at.Commands | Where-Object { $_.Name.StartsWith($wordToComplete) }) {
            [System.Management.Automation.CompletionResult]::new(
                $command.Name, $command.Name, 'Command', $command.Help)
        }
        return
    }
    if ($at.Arguments.Count -gt 0) {
        $place = [Math]::Min($count, $at.Arguments.Count - 1)
        if ($place -eq $count -or $at.Arguments[$place].Many) {
            Get-Offer $at.Arguments[$place].Value '' $wordToComplete.Trim("'", '"')
        }
    }
}
