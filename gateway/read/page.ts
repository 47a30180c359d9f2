import { readFile } from 'node:fs/promises'
import type { Api } from './api.ts'
import { PAGE_POLICY } from './headers.ts'

const files = [
  { path: '/', file: 'index.html', type: 'text/html; charset=utf-8' },
  { path: '/page/page.js', file: 'page.js', type: 'text/javascript; charset=utf-8' },
  { path: '/page/owner.js', file: 'owner.js', type: 'text/javascript; charset=utf-8' },
  { path: '/page/draw.js', file: 'draw.js', type: 'text/javascript; charset=utf-8' },
  { path: '/page/style.css', file: 'style.css', type: 'text/css; charset=utf-8' },
  { path: '/page/cairn.svg', file: 'cairn.svg', type: 'image/svg+xml' },
] as const

/** The status page: plain files, read once, named one by one, so that no path from outside reaches the disk. */
export const pageRoutes = async (api: Api): Promise<void> => {
  for (const { path, file, type } of files) {
    const bytes = await readFile(new URL(`./page/${file}`, import.meta.url))
    api.get(path, { schema: { hide: true }, config: { isInMemory: true } }, async (_, reply) =>
      reply.header('content-security-policy', PAGE_POLICY).header('cache-control', 'no-cache').type(type).send(bytes),
    )
  }
}
