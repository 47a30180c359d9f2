import { once } from 'node:events'
import { createServer } from 'node:net'
import { Failure } from '../errors.ts'

const isFree = async (host: string, port: number): Promise<boolean> => {
  const server = createServer()
  try {
    server.listen(port, host)
    await once(server, 'listening')
    server.close()
    await once(server, 'close')
    return true
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'EADDRINUSE') return false
    throw new Failure('BAD_SETTING', `cannot listen on ${host}:${port}: ${message}`, { cause })
  }
}

/**
 * Looks before anything is opened, so that a taken port leaves everything untouched. With port 0 only the host is looked at. Between this look and the real
 * thing another program may still take one: then the start fails at that step, with the same code.
 */
export const checkPorts = async (
  ports: readonly { readonly name: string; readonly host: string; readonly port: number }[],
): Promise<void> => {
  const taken: string[] = []
  for (const { name, host, port } of ports) {
    if (!(await isFree(host, port))) taken.push(`${name} port ${port}`)
  }
  if (taken.length > 0) throw new Failure('PORT_TAKEN', taken.join(', '))
}
