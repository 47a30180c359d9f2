import { ago, byId, command, grouped, hash, make, pill, setText, tokens } from './draw.js'

/** Back from the device's last packet: first little, so that a quick device's newest is on the page; then enough for a slow one. */
const LOOK_BACKS = [30_000, 600_000]

/** SenML's unit names (RFC 8428 §12.1) as a person writes them. */
const units = new Map([
  ['Cel', '°C'],
  ['lat', '°'],
  ['lon', '°'],
  ['%RH', '%'],
  ['Ohm', 'Ω'],
  ['count', ''],
])

const valueText = ({ value, unit }) => {
  const written = units.get(unit) ?? unit
  return written ? `${value}\u202f${written}` : `${value}`
}

/** A device's newest reading, and its newest settled one, by its own clock; of one whose clock is off, the first there are. */
const newestOf = async (ask, device) => {
  const base = `/v1/devices/${device.address}/readings`
  const queries = LOOK_BACKS.map((back) => `limit=1000&from=${Math.max(0, (device.lastSeenAt ?? 0) - back)}`)
  let newest
  for (const query of [...queries, 'limit=1']) {
    const { readings } = await ask(`${base}?${query}`)
    newest ??= readings.at(-1)
    const settled = readings.findLast((reading) => reading.settled)
    if (settled) return { newest, settled }
  }
  return { newest }
}

const lineText = ({ value, unit }) => (unit === 'token base units' ? `${tokens(value)} tokens` : grouped(value))

const explainCard = async (ask, device, box) => {
  const told = await ask(`/v1/devices/${device.address}/explain`)
  const statuses = told.packets.statuses.map((status) =>
    make(
      'tr',
      {},
      make('td', {}, status.code),
      make('td', { class: 'number' }, grouped(status.count)),
      make('td', { class: 'number' }, `${(status.basisPoints / 100).toFixed(2)} %`),
    ),
  )
  const lines = (told.reward?.lines ?? []).map((line) =>
    make(
      'tr',
      { title: `${line.how}: ${line.value} ${line.unit}` },
      make('td', {}, line.name),
      make('td', { class: 'number', colspan: '2' }, lineText(line)),
    ),
  )
  box.replaceChildren(
    make('p', { class: 'note' }, `Epoch ${told.epoch}, ${told.state}: ${told.packets.total} packets`),
    make('div', { class: 'scroll' }, make('table', {}, make('tbody', {}, ...statuses, ...lines))),
  )
}

/** How to check a device's newest settled reading; what is newer waits for its batch. */
const checkOf = (device, { newest, settled }, network) => {
  if (!settled) return make('p', { class: 'note' }, 'It can be checked as soon as its batch is on the chain.')
  const url = `${location.origin}/v1/devices/${device.address}/readings/${settled.sequence}?proof=1`
  const which = settled.sequence === newest.sequence ? 'Check it' : 'Check its newest one on the chain'
  return command(which, `npx cairn verify "${url}" --token "$TOKEN" --rpc ${network.rpcUrl}`)
}

const explainButton = (ask, device) => {
  const box = make('div', {})
  const onclick = () =>
    explainCard(ask, device, box).catch((error) => {
      box.textContent = error.message
    })
  return [make('button', { type: 'button', class: 'copy', onclick }, 'explain the reward'), box]
}

const card = (ask, device, found, network) => {
  const { newest } = found
  const when = newest ? ` · ${ago(newest.at)} · sequence ${newest.sequence}` : ' · nothing yet'
  const measured = (newest?.measurements ?? []).flatMap((value) => [
    make('dt', {}, value.name),
    make('dd', {}, valueText(value)),
  ])
  const flags = newest
    ? [pill(newest.settled ? 'settled' : 'not settled yet'), ...newest.flags.map((flag) => pill(flag))]
    : []
  return make(
    'article',
    { class: 'card' },
    make('h3', {}, hash(device.address), ' ', pill(device.grade)),
    make('p', { class: 'note' }, make('span', { class: 'model' }, device.model), when),
    make('dl', {}, ...measured),
    make('p', { class: 'pills' }, ...flags),
    ...(newest ? [checkOf(device, found, network), ...explainButton(ask, device)] : []),
  )
}

/** The devices that the token holds, each with its newest reading. `ask` carries the token; nothing here keeps it. */
export const showReadings = async (ask, networkOf) => {
  const box = byId('readings')
  setText('owner-said', 'asking…')
  try {
    const { devices: held } = await ask('/v1/devices?owner=me&limit=24')
    const cards = await Promise.all(
      held.map(async (device) => card(ask, device, await newestOf(ask, device), networkOf())),
    )
    box.replaceChildren(...cards)
    setText(
      'owner-said',
      held.length === 0 ? 'The token is known, but holds no device.' : `${held.length} devices are yours.`,
    )
  } catch (error) {
    box.replaceChildren()
    setText('owner-said', error.message)
  }
}
