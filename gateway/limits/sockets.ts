import { networksOf } from './address.ts'
import { type Crowd, openCrowd } from './crowd.ts'

/** How many sockets of one server may be open. */
export type SocketLimits = {
  readonly total: number
  /** Of one IPv4 address or IPv6 /64; an IPv6 /48 may have four times as many. */
  readonly perAddress: number
  /** Have not shown yet what they want: no whole CONNECT, no whole request. */
  readonly waiting: number
  /** Have shown what they want, and are of no registered device. What `total` has beyond these two is the registered devices' alone. */
  readonly strangers: number
}

/** Who is at the other end, as far as it is known. */
export type Standing = 'waiting' | 'stranger' | 'registered'

/** One socket's place. */
export type Place = {
  /**
   * It is known now who this is. A registered device's place is never given to another. Back to `waiting` where a socket may ask several
   * times and rests in between: then it is the youngest that waits.
   */
  become(standing: Standing): void
  /** The socket has closed. Any number of times. */
  leave(): void
}

/** Counts the sockets of one server. */
export type Sockets = {
  /**
   * Gives a new socket its place, `waiting`. Where a room is full, somebody else's place is taken: the oldest of the address that has most
   * there, so that one address never keeps another out. Undefined = all that could go are registered devices: close the new socket.
   *
   * `expel` is called when the place is taken away, at most once, perhaps within this call: it MUST close the socket. `leave` is done by then.
   */
  enter(address: string, expel: () => void): Place | undefined
  readonly total: number
}

/** A /48 counts a fourth: it is one customer or a whole street. */
const WIDE = 4

type Socket = { readonly networks: readonly string[]; readonly expel: () => void; standing: Standing; isOpen: boolean }

export const openSockets = (limits: SocketLimits): Sockets => {
  const crowds: Readonly<Record<Standing, Crowd<Socket>>> = {
    waiting: openCrowd(WIDE),
    stranger: openCrowd(WIDE),
    registered: openCrowd(WIDE),
  }
  const all = Object.values(crowds)
  const total = () => all.reduce((sum, { size }) => sum + size, 0)

  const leave = (socket: Socket) => {
    if (!socket.isOpen) return
    socket.isOpen = false
    crowds[socket.standing].remove(socket, socket.networks)
  }

  /** Whether somebody went. */
  const expel = (socket: Socket | undefined): boolean => {
    if (!socket) return false
    leave(socket)
    socket.expel()
    return true
  }

  /** The network of that address that has all the sockets it may have. */
  const fullOf = (networks: readonly string[]): string | undefined =>
    networks.find((network, width) => {
      const count = all.reduce((sum, crowd) => sum + crowd.of(network), 0)
      return count >= limits.perAddress * (width === 0 ? 1 : WIDE)
    })

  const makeRoom = (networks: readonly string[]): boolean => {
    const { waiting, stranger } = crowds
    // Its own network first: a household that is full makes room for itself.
    for (let full = fullOf(networks); full !== undefined; full = fullOf(networks))
      if (!expel(waiting.oldestOf(full) ?? stranger.oldestOf(full))) return false
    if (waiting.size >= limits.waiting && !expel(waiting.heaviest())) return false
    return total() < limits.total || expel(stranger.heaviest() ?? waiting.heaviest())
  }

  const become = (socket: Socket, standing: Standing) => {
    if (!socket.isOpen || socket.standing === standing) return
    crowds[socket.standing].remove(socket, socket.networks)
    // Before it is among them, so that the newcomer is not the one who goes.
    if (standing === 'stranger' && crowds.stranger.size >= limits.strangers) expel(crowds.stranger.heaviest())
    if (standing === 'waiting' && crowds.waiting.size >= limits.waiting) expel(crowds.waiting.heaviest())
    socket.standing = standing
    crowds[standing].add(socket, socket.networks)
  }

  return {
    enter: (address, whenExpelled) => {
      const networks = networksOf(address)
      if (!makeRoom(networks)) return undefined
      const socket: Socket = { networks, expel: whenExpelled, standing: 'waiting', isOpen: true }
      crowds.waiting.add(socket, networks)
      return { become: (standing) => become(socket, standing), leave: () => leave(socket) }
    },
    get total() {
      return total()
    },
  }
}
