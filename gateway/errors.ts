/**
 * Everything that can go wrong, in one table: a stable code, the HTTP status where REST says it, and what to do next. It feeds REST
 * (RFC 9457), the README, the metrics and the tests. Nothing matches on a message's text.
 */

type Entry = { readonly http: number; readonly title: string; readonly fix: string }

/** Why a packet was not accepted. Closed: every packet gets ACCEPTED or exactly one of these. */
export const refusals = {
  MALFORMED: {
    http: 422,
    title: 'The bytes are not a packet',
    fix: 'Encode the packet as COSE_Sign1 with a SenML payload, or as a Pebble BinPackage; the facts name the place.',
  },
  TOO_LARGE: {
    http: 413,
    title: 'The packet is over a limit',
    fix: 'Send at most 16 KB and 512 measurements per packet.',
  },
  UNKNOWN_DEVICE: {
    http: 404,
    title: 'No such device',
    fix: 'Pair the device: POST /v1/pairings with its owner’s signature.',
  },
  NOT_PAIRED: {
    http: 409,
    title: 'The device is not paired yet',
    fix: 'Finish the pairing: press Enter on the device, or wait for the chain.',
  },
  KEY_REVOKED: {
    http: 403,
    title: 'The owner revoked this key',
    fix: 'Rotate the device’s key on chain, or pair it anew.',
  },
  WRONG_NETWORK: {
    http: 409,
    title: 'Signed for another network',
    fix: 'Give the device this network’s id (GET /v1/network) as its external_aad.',
  },
  BAD_SIGNATURE: {
    http: 401,
    title: 'The signature does not hold',
    fix: 'Sign with the paired key, over the exact bytes sent.',
  },
  SEQUENCE_SEEN: { http: 200, title: 'This packet is stored already', fix: 'Nothing to do: it counts once.' },
  SEQUENCE_CONFLICT: {
    http: 409,
    title: 'Another packet has this sequence number',
    fix: 'Never use a sequence number twice; if you did not, the key is copied: revoke it.',
  },
  OUT_OF_RANGE: {
    http: 422,
    title: 'A number is out of its range',
    fix: 'Use a sequence from 1 to 2^63-1; the facts name the field.',
  },
  QUOTA_EXCEEDED: {
    http: 429,
    title: 'Too many packets',
    fix: 'Send at most 20 packets a second; put more readings in one packet.',
  },
} as const satisfies Record<string, Entry>

export type RefusalCode = keyof typeof refusals

/** What the gateway itself can fail at. */
export const failures = {
  BAD_SETTING: {
    http: 500,
    title: 'A setting is wrong',
    fix: 'Mend the settings named; npm start -- --help lists them all.',
  },
  PORT_TAKEN: {
    http: 500,
    title: 'A port is taken',
    fix: 'Stop the other program, or choose another with --port, --mqtt-port or --chain-port.',
  },
  DATABASE_UNREACHABLE: {
    http: 503,
    title: 'The database does not answer',
    fix: 'Check DATABASE_URL, or leave it unset to use the embedded PostgreSQL. Nothing is acknowledged until it answers.',
  },
  DATABASE_NOT_DURABLE: {
    http: 500,
    title: 'The database may lose commits',
    fix: 'Turn fsync and synchronous_commit on.',
  },
  CHAIN_UNREACHABLE: {
    http: 503,
    title: 'The chain does not answer',
    fix: 'Check CHAIN_RPC_URL, or leave it unset to use the embedded sub-chain. Batches wait and are sent later.',
  },
  WRONG_CHAIN: {
    http: 500,
    title: 'The chain is another one',
    fix: 'Set CHAIN_ID to the chain’s id, or CHAIN_RPC_URL to the right chain.',
  },
  SUBCHAIN_TAMPERED: {
    http: 500,
    title: 'Somebody else changed the embedded sub-chain',
    fix: 'It was made again from the journal. Find out who reaches its private port: any user of this machine can; run it on a machine of its own.',
  },
  LANE_DIVERGED: {
    http: 500,
    title: 'The chain holds another log',
    fix: 'Settling of this lane has stopped. Find out who else settles with this key, or which database belongs to this chain.',
  },
  EPOCH_DIVERGED: {
    http: 500,
    title: 'The chain holds other earnings',
    fix: 'Rewards have stopped. Find out who else proposes with this key, or which database belongs to this chain.',
  },
  DATA_TOO_NEW: {
    http: 500,
    title: 'The data is of a newer version',
    fix: 'Run the newer Cairn, or choose another folder with --data.',
  },
  DATA_TOO_OLD: {
    http: 500,
    title: 'The data is of a network with other contracts',
    fix: 'A network keeps its contracts: run the older Cairn on this data, or begin a new network with another --data (and DATABASE_URL, where you set it).',
  },
  DATA_IN_USE: {
    http: 500,
    title: 'Another gateway uses this data folder',
    fix: 'Stop it first, or choose another folder with --data.',
  },
  DATA_UNUSABLE: {
    http: 500,
    title: 'The data folder cannot be used',
    fix: 'Make the folder writable, or choose another with --data.',
  },
  NOT_FOUND: { http: 404, title: 'No such thing', fix: 'Check the address; GET /v1/devices lists the devices.' },
  BAD_REQUEST: {
    http: 400,
    title: 'The request does not fit its schema',
    fix: 'Mend the fields named; /docs shows each one.',
  },
  METHOD_NOT_ALLOWED: {
    http: 405,
    title: 'Not with this method',
    fix: 'Use one of the methods that the Allow header names.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    http: 415,
    title: 'Not in this media type',
    fix: 'Send application/json, or for packets application/cbor; /docs shows which.',
  },
  UNAUTHORIZED: {
    http: 401,
    title: 'A token is needed',
    fix: 'Send Authorization: Bearer <token>; npm start prints the demo owner’s.',
  },
  FORBIDDEN: { http: 403, title: 'Not yours to read', fix: 'Ask the device’s owner for a grant.' },
  OWNER_LIMIT_REACHED: {
    http: 429,
    title: 'The owner’s devices have had enough stored today',
    fix: 'Keep the packet and send it after Retry-After; the operator sets CAIRN_OWNER_MB_PER_DAY.',
  },
  TOO_MANY_REQUESTS: { http: 429, title: 'Too many requests', fix: 'Wait as long as Retry-After says.' },
  BAD_PROOF: {
    http: 422,
    title: 'A pairing’s proof does not hold',
    fix: 'Sign the EIP-712 Pairing of this chain and DeviceRegistry (GET /v1/network); the facts name whose proof it is.',
  },
  ALREADY_PAIRED: {
    http: 409,
    title: 'The device has an owner, or is about to',
    fix: 'Its owner can transfer it on chain, or let it go; then pair it anew.',
  },
  WRONG_NONCE: {
    http: 409,
    title: 'Not the device’s next pairing',
    fix: 'Sign again with the nonce that the facts name.',
  },
  DEADLINE_PASSED: {
    http: 422,
    title: 'The deadline is not within the next five minutes',
    fix: 'Sign again with a deadline of at most five minutes from now, in unix seconds.',
  },
  RELEASE_MISSING: {
    http: 409,
    title: 'The key was revoked or rotated away',
    fix: 'Send the EIP-712 Release of the last owner, whom the facts name, beside the two signatures.',
  },
  NOT_LISTED: {
    http: 403,
    title: 'The device is not on the manufacturer’s list',
    fix: 'This gateway pairs listed devices alone (CAIRN_PAIRING=listed); its operator’s list is CAIRN_IMEI_LIST.',
  },
  NOT_ATTESTED: {
    http: 403,
    title: 'The manufacturer did not attest the device',
    fix: 'This gateway pairs attested devices alone (CAIRN_PAIRING=attested): send the manufacturer’s signature.',
  },
  UNKNOWN_MODEL: {
    http: 422,
    title: 'No such model',
    fix: 'Name one of the models at GET /v1/models: a device is judged by what its model can measure.',
  },
  UNKNOWN_IMEI: {
    http: 404,
    title: 'The IMEI does not answer to this device',
    fix: 'Check IMEI and device address; the operator imports the manufacturer’s list with CAIRN_IMEI_LIST.',
  },
  NOT_SETTLED: {
    http: 409,
    title: 'Not settled yet',
    fix: 'Ask again in some seconds: the batch has to reach the chain.',
  },
  BUSY: {
    http: 503,
    title: 'The gateway is full or stopping',
    fix: 'Send the packet again in some seconds; it was not acknowledged.',
  },
  UNKNOWN_HOST: {
    http: 421,
    title: 'Asked for by a name that is not the gateway’s',
    fix: 'Use an IP address or localhost, or have the operator list the name in CAIRN_PUBLIC_HOSTS.',
  },
  OVERLOADED: {
    http: 503,
    title: 'Too many requests are under way',
    fix: 'Wait as long as Retry-After says, then ask again; ask for smaller pages.',
  },
  INTERNAL: {
    http: 500,
    title: 'The gateway failed',
    fix: 'Nothing acknowledged is lost. Try again; if it stays, read the log by the request id.',
  },
} as const satisfies Record<string, Entry>

export type FailureCode = keyof typeof failures
export type Code = RefusalCode | FailureCode

export const entryOf = (code: Code): Entry => ({ ...refusals, ...failures })[code]

/** A surprise that someone must hear of: its code and the facts. Only surprises are thrown; refusals are values. */
export class Failure extends Error {
  readonly code: FailureCode
  readonly detail: string
  constructor(code: FailureCode, detail: string, options?: ErrorOptions) {
    super(`${code}: ${detail}. ${failures[code].fix}`, options)
    this.name = 'Failure'
    this.code = code
    this.detail = detail
  }
}
