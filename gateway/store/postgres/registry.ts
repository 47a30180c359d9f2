import type pg from 'pg'
import type { Address, Curve } from '../../../devices/identity.ts'
import type { Grade, Proposal, Registration, RegistryStore } from '../../ports.ts'
import { addressOf, bytesOf, hexOf, storable } from '../bytes.ts'
import { inTransaction } from '../connect.ts'
import type { Device, Prisma, PrismaClient, Proposal as ProposalRow } from '../generated/client.ts'
import { addDevices } from './counts.ts'
import { bigintOf } from './rewards.ts'

const CURSOR = 'registry'

/** uint64 in a signed column: an owner may declare any number as a cell. */
const signed = (cell: bigint): bigint => BigInt.asIntN(64, cell)
const unsigned = (cell: bigint): bigint => BigInt.asUintN(64, cell)

export const registrationOf = (row: Device): Registration => ({
  device: addressOf(row.address),
  key: { curve: row.curve as Curve, publicKey: row.publicKey },
  model: row.model,
  cell: unsigned(row.cell),
  owner: addressOf(row.owner),
  term: row.term,
  grade: row.grade as Grade,
  revoked: row.revoked,
  block: row.block,
})

const proposalOf = (row: ProposalRow): Proposal => ({
  device: addressOf(row.device),
  imei: row.imei ?? undefined,
  owner: addressOf(row.owner),
  curve: row.curve as Curve,
  model: row.model,
  cell: unsigned(row.cell),
  nonce: bigintOf(row.nonce),
  deadline: bigintOf(row.deadline),
  ownerSignature: hexOf(row.ownerSignature),
  release:
    row.releaseDeadline && row.releaseSignature
      ? { deadline: bigintOf(row.releaseDeadline), signature: hexOf(row.releaseSignature) }
      : undefined,
  state: row.state as Proposal['state'],
  detail: row.detail,
  proposedAt: Number(row.proposedAt),
})

const rowOf = ({ release, ...proposal }: Proposal): Prisma.ProposalCreateInput => ({
  ...proposal,
  device: bytesOf(proposal.device),
  imei: proposal.imei ?? null,
  owner: bytesOf(proposal.owner),
  model: storable(proposal.model),
  detail: storable(proposal.detail, 1_000),
  cell: signed(proposal.cell),
  nonce: String(proposal.nonce),
  deadline: String(proposal.deadline),
  ownerSignature: bytesOf(proposal.ownerSignature),
  releaseDeadline: release ? String(release.deadline) : null,
  releaseSignature: release ? bytesOf(release.signature) : null,
  proposedAt: BigInt(proposal.proposedAt),
})

const putDevices = async (client: pg.PoolClient, rows: readonly Registration[]): Promise<void> => {
  const { rows: put } = await client.query<{ is_new: boolean }>(
    `INSERT INTO devices (address, curve, public_key, model, cell, owner, term, grade, revoked, block)
     SELECT * FROM unnest($1::bytea[], $2::text[], $3::bytea[], $4::text[], $5::bigint[], $6::bytea[], $7::int[], $8::text[], $9::bool[], $10::bigint[])
     ON CONFLICT (address) DO UPDATE SET curve = excluded.curve, public_key = excluded.public_key, model = excluded.model,
       cell = excluded.cell, owner = excluded.owner, term = excluded.term, grade = excluded.grade, revoked = excluded.revoked,
       block = excluded.block
     RETURNING (xmax = 0) AS is_new`,
    [
      rows.map(({ device }) => bytesOf(device)),
      rows.map(({ key }) => key.curve),
      rows.map(({ key }) => key.publicKey),
      rows.map(({ model }) => storable(model)),
      rows.map(({ cell }) => signed(cell)),
      rows.map(({ owner }) => bytesOf(owner)),
      rows.map(({ term }) => term),
      rows.map(({ grade }) => grade),
      rows.map(({ revoked }) => revoked),
      rows.map(({ block }) => block),
    ],
  )
  await addDevices(client, put.filter((row) => row.is_new).length)
}

const putTerms = (client: pg.PoolClient, rows: readonly Registration[]) =>
  client.query(
    `INSERT INTO terms (device, term, holder, grade) SELECT * FROM unnest($1::bytea[], $2::int[], $3::bytea[], $4::text[])
     ON CONFLICT (device, term) DO UPDATE SET holder = excluded.holder, grade = excluded.grade`,
    [
      rows.map(({ device }) => bytesOf(device)),
      rows.map(({ term }) => term),
      rows.map(({ owner }) => bytesOf(owner)),
      rows.map(({ grade }) => grade),
    ],
  )

/** The last of each, in one order for all gateways. */
const lastOfEach = (rows: readonly Registration[], key: (row: Registration) => string): readonly Registration[] =>
  [...new Map(rows.map((row) => [key(row), row])).values()].toSorted((a, b) => (key(a) < key(b) ? -1 : 1))

export const postgresRegistry = (pool: pg.Pool, prisma: PrismaClient): RegistryStore => ({
  registrations: async () => (await prisma.device.findMany({ orderBy: { address: 'asc' } })).map(registrationOf),

  imeis: async () => {
    const imeis = new Map<string, Address[]>()
    for (const { imei, device } of await prisma.imei.findMany({ orderBy: [{ imei: 'asc' }, { device: 'asc' }] }))
      imeis.set(imei, [...(imeis.get(imei) ?? []), addressOf(device)])
    return imeis
  },

  learn: ({ registrations, block, blockHash }) =>
    inTransaction(pool, async (client) => {
      await putDevices(
        client,
        lastOfEach(registrations, ({ device }) => device),
      )
      await putTerms(
        client,
        lastOfEach(registrations, ({ device, term }) => `${device}/${term}`),
      )
      await client.query(
        `INSERT INTO cursors (name, block, block_hash) VALUES ($1, $2, $3)
         ON CONFLICT (name) DO UPDATE SET block = excluded.block, block_hash = excluded.block_hash`,
        [CURSOR, block, bytesOf(blockHash)],
      )
    }),

  cursor: async () => {
    const row = await prisma.cursor.findUnique({ where: { name: CURSOR } })
    return row ? { block: row.block, blockHash: hexOf(row.blockHash) } : undefined
  },

  putImei: async (imei, device) => {
    const row = { imei: storable(imei), device: bytesOf(device) }
    await prisma.imei.upsert({ where: { imei_device: row }, create: row, update: {} })
  },

  putProposal: async (proposal) => {
    const row = rowOf(proposal)
    const { device, owner } = row
    await prisma.proposal.upsert({ where: { device_owner: { device, owner } }, create: row, update: row })
  },

  proposals: async () =>
    (await prisma.proposal.findMany({ orderBy: [{ proposedAt: 'asc' }, { device: 'asc' }, { owner: 'asc' }] })).map(
      proposalOf,
    ),

  forgetProposals: async (before, limit) => {
    const { rowCount } = await pool.query(
      `DELETE FROM proposals WHERE (device, owner) IN
         (SELECT device, owner FROM proposals WHERE state IN ('paired', 'failed') AND deadline < $1 LIMIT $2)`,
      [String(before), limit],
    )
    return rowCount ?? 0
  },
})
