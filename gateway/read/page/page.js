import {
  ago,
  byId,
  cell,
  command,
  extraCell,
  grouped,
  hash,
  make,
  numberCell,
  pill,
  rows,
  setCount,
  setText,
  tokens,
} from './draw.js'
import { showReadings } from './owner.js'

const PAUSE = 3000

/** JSON of a path; a problem is thrown as its own words. */
const ask = async (path, token) => {
  const answer = await fetch(path, token ? { headers: { authorization: `Bearer ${token}` } } : {})
  const body = await answer.json()
  if (!answer.ok && body.code) throw new Error(`${body.detail} ${body.fix}`)
  return body
}

const showTrouble = (error) => {
  const box = byId('trouble')
  box.hidden = !error
  box.textContent = error ? `${error.message}` : ''
}

const drawCounts = (counts, rewards) => {
  setCount('count-devices', counts.devices)
  setCount('count-refused', counts.refused)
  setCount('count-packets', counts.packets)
  setCount('count-batches', counts.batches)
  setCount('count-settled', counts.settled)
  const [newest] = rewards.epochs
  setCount('count-epochs', newest ? tokens(newest.totalEarned) : 0)
  setText('count-paid', 'tokens earned')
}

const drawBatches = ({ batches }) =>
  rows(
    'batches',
    batches,
    (batch) => [
      cell(make('a', { href: `/v1/batches/${batch.header.lane}/${batch.header.height}` }, batch.header.height)),
      numberCell(grouped(batch.records)),
      extraCell(ago(batch.header.closedAt)),
      cell(pill(batch.state)),
      cell(hash(batch.transaction)),
    ],
    'The first batch is cut some seconds after the first packet.',
  )

const drawDevices = ({ devices }) =>
  rows(
    'devices',
    devices,
    (device) => [
      cell(hash(device.address)),
      make('td', { class: 'model' }, device.model),
      cell(device.revoked ? pill('revoked') : pill(device.grade)),
      numberCell(grouped(device.packets)),
      extraCell(ago(device.lastSeenAt)),
    ],
    'No device is paired yet: POST /v1/pairings.',
  )

const drawRewards = ({ epochs, claims }) => {
  rows(
    'epochs',
    epochs,
    (epoch) => [
      cell(make('a', { href: `/v1/rewards?epoch=${epoch.epoch}`, title: `Epoch ${epoch.epoch}` }, ago(epoch.toAt))),
      make('td', { class: 'number extra' }, grouped(epoch.terms)),
      numberCell(tokens(epoch.totalEarned)),
      cell(pill(epoch.state)),
      cell(hash(epoch.transaction)),
    ],
    'The first epoch is computed when its last batch has settled.',
  )
  rows(
    'claims',
    claims.slice(0, 8),
    (claim) => [
      cell(hash(claim.device)),
      numberCell(tokens(claim.amount)),
      extraCell(hash(claim.holder)),
      cell(hash(claim.transaction)),
    ],
    'Earnings are claimed once their epoch’s challenge window has passed.',
  )
}

const drawHealth = (health) => {
  const box = byId('health')
  box.className = `pill ${health.status === 'ok' ? 'good' : 'bad'}`
  const wrong = ['database', 'chain'].filter((part) => !health[part].ok)
  box.textContent = wrong.length === 0 ? 'running' : `${wrong.join(' and ')} away`
}

const drawNetwork = (network) => {
  setText(
    'network',
    `Chain ${network.chainId}, epochs of ${network.epochSeconds} s, batches every ${network.batchSeconds} s, MQTT on port ${network.mqttPort}.`,
  )
  byId('foot').replaceChildren(
    `Cairn ${network.version} · registry `,
    hash(network.registry),
    ' · ledger ',
    hash(network.ledger),
    ' · rewards ',
    hash(network.rewards),
    ' · token ',
    hash(network.token),
  )
}

const drawCommands = (network, device) => {
  const at = location.origin
  const reading = `${at}/v1/devices/${device ?? '0x…'}/readings`
  byId('commands').replaceChildren(
    command('Who is here?', `curl -s ${at}/v1/devices`),
    command(
      'What did my device sense? (TOKEN is yours)',
      `curl -s -H "authorization: Bearer $TOKEN" "${reading}?limit=1&proof=1"`,
    ),
    command(
      'Is it true? Checks from the device’s signature to the chain, trusting only the chain',
      `npx cairn verify "${reading}/SEQUENCE?proof=1" --token "$TOKEN" --rpc ${network.rpcUrl}`,
    ),
  )
}

let network
let lastDevice

const refresh = async () => {
  if (!network) {
    network = await ask('/v1/network')
    drawNetwork(network)
    drawCommands(network)
  }
  const [counts, batches, devices, rewards, health] = await Promise.all([
    ask('/v1/counts'),
    ask('/v1/batches?limit=8'),
    ask('/v1/devices?limit=50'),
    ask('/v1/rewards?limit=8'),
    ask('/v1/health'),
  ])
  drawCounts(counts, rewards)
  drawBatches(batches)
  drawDevices(devices)
  drawRewards(rewards)
  drawHealth(health)
  const first = devices.devices[0]?.address
  if (first !== lastDevice) drawCommands(network, first)
  lastDevice = first
}

const loop = async () => {
  if (!document.hidden) await refresh().then(() => showTrouble(), showTrouble)
  setTimeout(loop, PAUSE)
}

byId('token-form').addEventListener('submit', (event) => {
  event.preventDefault()
  const field = byId('token')
  void showReadings(
    (path) => ask(path, field.value.trim()),
    () => network,
  )
})

void loop()
