import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Where a process listens over TCP and IPv4, from the kernel's own table, which every user of a machine may read. Linux only. */
export const privatePortOf = (pid: number): { readonly host: string; readonly port: number } => {
  const inodes = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? []
    } catch {
      return []
    }
  })
  for (const line of readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1)) {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
    // 0A is LISTEN; the address is little-endian hex.
    if (state !== '0A' || !inodes.includes(inode)) continue
    const [address = '', port = ''] = local.split(':')
    const host = (address.match(/../g) ?? [])
      .map((byte) => Number.parseInt(byte, 16))
      .toReversed()
      .join('.')
    return { host, port: Number.parseInt(port, 16) }
  }
  throw new Error(`process ${pid} listens nowhere`)
}
