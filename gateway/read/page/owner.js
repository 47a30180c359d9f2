import { ago, byId, command, grouped, hash, make, pill, setText } from './draw.js'

/** Back from the device's last packet: enough for several readings of the slowest model. */
const LOOK_BACK = 10 * 60 * 1000

const valueText = ({ value, unit }) => `${value}${unit && unit !== 'count' ? `\u202f${unit}` : ''}`

/** The newest reading of a device, by its own clock; of one whose clock is off, the first there is. */
const newestOf = async (ask, device) => {
  const base = `/v1/devices/${device.address}/readings`
  const recent = await ask(`${base}?limit=1000&from=${(device.lastSeenAt ?? 0) - LOOK_BACK}`)
  const found = recent.readings.at(-1)
  return found ?? (await ask(`${base}?limit=1`)).readings.at(-1)
}

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
      { title: line.how },
      make('td', {}, line.name),
      make('td', { class: 'number', colspan: '2' }, `${grouped(line.value)}`),
    ),
  )
  box.replaceChildren(
    make('p', { class: 'note' }, `Epoch ${told.epoch}, ${told.state}: ${told.packets.total} packets`),
    make('div', { class: 'scroll' }, make('table', {}, make('tbody', {}, ...statuses, ...lines))),
  )
}

const card = (ask, device, reading, network) => {
  const explained = make('div', {})
  const values = reading?.measurements ?? []
  const address = `${location.origin}/v1/devices/${device.address}/readings/${reading?.sequence}?proof=1`
  return make(
    'article',
    { class: 'card' },
    make('h3', {}, hash(device.address), ' ', pill(device.grade)),
    make(
      'p',
      { class: 'note' },
      make('span', { class: 'model' }, device.model),
      reading ? ` · ${ago(reading.at)} · sequence ${reading.sequence}` : ' · nothing yet',
    ),
    make('dl', {}, ...values.flatMap((value) => [make('dt', {}, value.name), make('dd', {}, valueText(value))])),
    ...(reading?.flags.length ? [make('p', {}, ...reading.flags.map((flag) => pill(flag)))] : []),
    ...(reading
      ? [
          make('p', {}, reading.settled ? pill('settled') : pill('not settled yet')),
          command('Check it', `npx cairn verify "${address}" --token "$TOKEN" --rpc ${network.rpcUrl}`),
          make(
            'button',
            {
              type: 'button',
              class: 'copy',
              onclick: () =>
                void explainCard(ask, device, explained).catch((error) => {
                  explained.textContent = error.message
                }),
            },
            'explain the reward',
          ),
          explained,
        ]
      : []),
  )
}

/** The devices that the token holds, each with its newest reading. `ask` carries the token; nothing here keeps it. */
export const showReadings = async (ask, networkOf) => {
  const box = byId('readings')
  setText('owner-said', 'asking…')
  try {
    const { devices } = await ask('/v1/devices?limit=1000')
    // Only the holder is told the declared cell.
    const held = devices.filter((device) => 'cell' in device).slice(0, 24)
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
