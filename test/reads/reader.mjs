/** Reads URLs for the measuring process, so that what a reader costs is not counted as what an answer costs. */
import { Agent, get } from 'node:http'

const readOnce = (url, agent) =>
  new Promise((resolve, reject) => {
    get(url, { agent }, (answer) => {
      let bytes = 0
      answer.on('data', (chunk) => {
        bytes += chunk.length
      })
      answer.on('end', () => resolve({ status: answer.statusCode, bytes }))
      answer.on('error', reject)
    }).on('error', reject)
  })

const readAll = async ({ url, count, atOnce }) => {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce })
  const statuses = {}
  let bytes = 0
  let left = count
  const read = async () => {
    while (left > 0) {
      left -= 1
      const answer = await readOnce(url, agent)
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1
      bytes = Math.max(bytes, answer.bytes)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, read))
  agent.destroy()
  return { statuses, bytes }
}

process.on('message', (asked) =>
  readAll(asked).then(
    (done) => process.send(done),
    (error) => process.send({ error: String(error) }),
  ),
)
process.on('disconnect', () => process.exit())
