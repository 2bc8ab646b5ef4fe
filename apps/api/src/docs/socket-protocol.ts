/** OpenAPI cannot describe a socket, so its protocol is told in the document's own description. */
export const socketProtocol = `
The customer's side of the built-in handset network. A bearer token speaks for one handset.

## Socket

\`GET /handset/v1/socket\` opens a WebSocket on which messages are pushed and acknowledged. One socket may carry one handset
or up to 20,000. Frames are JSON texts of at most 1 MiB. The node pings every 30 seconds and gives up a socket that does not
answer, or that does not read what it is sent; messages then wait.

The client attaches a handset by \`Authorization: Bearer\` on the request, or any number of them by frames, at any time:

    → {"type":"attach","tokens":["…"]}
    ← {"type":"attached","handsets":[{"waId":"491713920001"},null]}

\`null\` stands for a token of no handset. A socket without any handset is closed after ten seconds (1008).

Messages come many to a frame, each shaped as in \`GET /handset/v1/messages\`:

    ← {"type":"messages","messages":[{"id":"wamid.…","from":"493023125000","to":"491713920001","timestamp":"1795449600","type":"text","text":{"body":"Hello"},"status":"sent"}]}

The client acknowledges them singly or in batches of up to 10,000; \`to\` may be left out on a socket of one handset:

    → {"type":"receipts","receipts":[{"id":"wamid.…","to":"491713920001","status":"delivered"},{"id":"wamid.…","to":"491713920001","status":"read"}]}

An audio message that was listened to is \`played\`, which says that it was read, too. Receipts are not answered. What was pushed and not acknowledged is pushed again when the handset attaches anew; a message may
therefore come twice, and is known by its id. The client may also write; \`ref\` is its own and comes back:

    → {"type":"send","ref":"1","from":"491713920001","message":{"to":"493023125000","type":"text","text":{"body":"Hi"}}}
    ← {"type":"accepted","ref":"1","id":"wamid.…"}
    ← {"type":"refused","ref":"1","code":"invalid-parameter","detail":"…","field":"text.body"}

\`message\` is whatever a customer can send, in the JSON in which webhooks carry it: \`text\`, media by the id of an upload, \`location\`,
\`contacts\`, \`reaction\`, \`button\`, \`interactive\` (\`button_reply\`, \`list_reply\`, \`nfm_reply\`), \`order\`, \`system\` and
\`unsupported\`; beside it \`context\` (\`message_id\`, \`forwarded\`, \`frequently_forwarded\`, \`referred_product\`) and \`referral\`, for a
customer who came by an advertisement. \`errors\` of an \`unsupported\` message says why it is one: \`[{"code":131051}]\` for its type
(as when it is left out), 131052 for media that is lost, 131060 for a message that is gone. A \`system\` message of type
\`user_changed_number\` names the new number in \`wa_id\`; one of type \`user_identity_changed\` also gives the handset another identity key.

When a business has read a message, and all before it, the handset is told; \`typing\` stands there when an answer is being
written, and is shown until that comes, or for 25 seconds:

    ← {"type":"read","id":"wamid.…","from":"493023125000","to":"491713920001","typing":true}

A handset whose token is no longer good is let go with \`{"type":"detached","handsets":[{"waId":"…"}]}\`. When the node shuts
down, sockets are closed with 1001; when it cannot keep up with receipts, with 1013.
`.trim();
