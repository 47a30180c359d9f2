import { type ChildProcess, spawn } from 'node:child_process'

/** How a child is to end when this process is gone without having ended it. */
export type LastWill = {
  /** Asks for an orderly end. */
  readonly ask: 'INT' | 'TERM'
  /** Follows after 20 s. */
  readonly force: 'QUIT' | 'KILL'
}

/** A child that is not in our process group gets no Ctrl-C of the terminal. Windows ends such a child not even when we die: it is no option there. */
export const apart: boolean = process.platform !== 'win32'

/**
 * Each line is the whole list, `pid:ask:force` by spaces, and replaces the one before. The end of the input is the end of the process that
 * writes it, however it ended. A child that has gone leaves the list at once, since its number may become a stranger's.
 *
 * POSIX shell, because it is everywhere and takes 1 MB, instead of a second Node with 40 MB.
 */
const SCRIPT = `
while read -r line; do ours=$line; done
send() { kill -s "$2" "$1" 2>/dev/null; }
for one in $ours; do rest=\${one#*:}; send "\${one%%:*}" "\${rest%%:*}"; done
seconds=0
while [ $seconds -lt 20 ]; do
  left=
  for one in $ours; do kill -0 "\${one%%:*}" 2>/dev/null && left="$left $one"; done
  ours=$left
  [ -n "$ours" ] || exit 0
  sleep 1
  seconds=$((seconds + 1))
done
for one in $ours; do send "\${one%%:*}" "\${one##*:}"; done
`

/** A guard that keeps ending cannot work here. */
const MOST_GUARDS = 10

/** The list of one process's children, and the guard that knows it. The guard lives apart from us and ends with us. */
class Guard {
  readonly #children = new Map<number, LastWill>()
  #shell: ChildProcess | undefined
  #started = 0

  watch(child: ChildProcess, will: LastWill): void {
    const { pid } = child
    // On Windows a child ends with its parent by itself.
    if (pid === undefined || !apart) return
    this.#children.set(pid, will)
    child.once('exit', () => {
      this.#children.delete(pid)
      this.#write()
    })
    this.#write()
  }

  #write(): void {
    this.#shell ??= this.#start()
    const list = [...this.#children].map(([pid, { ask, force }]) => `${pid}:${ask}:${force}`)
    this.#shell.stdin?.write(`${list.join(' ')}\n`)
  }

  #start(): ChildProcess {
    this.#started++
    const shell = spawn('/bin/sh', ['-c', SCRIPT], { cwd: '/', stdio: ['pipe', 'ignore', 'ignore'], detached: true })
    const replace = (): void => {
      if (this.#shell !== shell || this.#started >= MOST_GUARDS) return
      this.#shell = undefined
      if (this.#children.size > 0) this.#write()
    }
    // A machine without /bin/sh: the next start ends what is left, as it does after a power cut.
    shell.once('error', () => {})
    shell.stdin?.on('error', () => {})
    shell.once('exit', replace)
    // The guard is no reason for us to stay.
    shell.unref()
    ;(shell.stdin as { unref?(): void } | null)?.unref?.()
    return shell
  }
}

const guard = new Guard()

/**
 * Sees to it that `child` ends within seconds when this process dies, also by kill -9: a small guard process holds a pipe from us, and acts
 * when that breaks.
 */
export const endWithUs = (child: ChildProcess, will: LastWill): void => guard.watch(child, will)
