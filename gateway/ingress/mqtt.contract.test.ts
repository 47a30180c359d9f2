import { describe, expect, test } from 'vitest'
import { heldPath, publication, startBroker, tracker } from '../../test/support/broker.ts'
import { acked, connectOf, enter, openRaw } from '../../test/support/raw-mqtt.ts'

describe('the listener', () => {
  test('says which port is taken', async () => {
    const { port } = await startBroker(heldPath())
    await expect(startBroker(heldPath(), { port })).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      detail: `MQTT port ${port}`,
    })
  })

  test('answers what is under way before it stops, and takes nothing more', async () => {
    const path = heldPath()
    const mqtt = await startBroker(path)
    const device = await enter(mqtt.port, connectOf(tracker))
    device.send(publication(1), publication(2))
    await path.has(2)
    const stopped = mqtt.stop()
    device.send(publication(3))
    for (const { answer } of path.taken) answer('ACCEPTED')
    await stopped
    await device.closed
    expect([acked(device), path.taken.length]).toEqual([[1, 2], 2])
    await expect(openRaw(mqtt.port).then(({ closed }) => closed.then(() => 'closed'))).resolves.toBe('closed')
  })
})
