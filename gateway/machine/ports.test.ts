import { expect, test } from 'vitest'
import { checkPorts } from './ports.ts'

test('a host that is none of this machine’s is told as a setting, for any free port too', async () => {
  await checkPorts([{ name: 'HTTP', host: '127.0.0.1', port: 0 }])
  // 192.0.2.0/24 is kept for documentation (RFC 5737).
  const elsewhere = checkPorts([{ name: 'HTTP', host: '192.0.2.1', port: 0 }])
  await expect(elsewhere).rejects.toMatchObject({ code: 'BAD_SETTING' })
})
