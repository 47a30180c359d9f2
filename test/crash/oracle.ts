import { bytesToHex } from '@noble/hashes/utils.js'
import { startFleet } from '../../firmware-sim/fleet.ts'
import { readOwner } from '../../firmware-sim/owner.ts'

/*
 * The oracle: a fleet in a process that nobody kills, and its memory of what the devices saw acknowledged.
 *
 * Arguments: REST URL, MQTT URL, owner's key file, folder of state, devices, packets a second of each, seed. Prints a line
 * `device sequence digest` for each acknowledgement, and ends on SIGTERM when every device has closed.
 */

const [url = '', mqttUrl = '', ownerKeyFile = '', stateDir = '', devices = '', rate = '', seed = ''] =
  process.argv.slice(2)

const fleet = await startFleet({
  url,
  mqttUrl,
  seed,
  groups: [{ model: 'tracker', devices: Number(devices), curve: 'secp256k1', rate: Number(rate) }],
  faults: { duplicate: 0.05, replay: 0.05 },
  owner: await readOwner(ownerKeyFile, () => {
    throw new Error(`no owner's key at ${ownerKeyFile}`)
  }),
  stateDir,
  scheduler: {
    now: () => Date.now(),
    after: (delay, work) => {
      const timer = setTimeout(work, delay)
      return () => clearTimeout(timer)
    },
  },
  onAcknowledged: ({ device, sequence, digest }) => {
    process.stdout.write(`${device} ${sequence} ${bytesToHex(digest)}\n`)
  },
  onTrouble: (line) => process.stderr.write(`${line}\n`),
})
process.once('SIGTERM', () => void fleet.stop())
// Whoever started it was killed.
process.once('disconnect', () => void fleet.stop())
if (process.connected === false) void fleet.stop()
process.channel?.unref()
