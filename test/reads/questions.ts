import type { RouteKey } from '../../gateway/read/problem.ts'
import { MAX_EPOCHS } from '../../gateway/read/rewards.ts'
import { MAX_ROWS } from '../../gateway/read/schemas.ts'
import type { Size } from './seed.ts'

/** Whom the dearest questions are about. */
export type Places = {
  readonly size: Size
  readonly handedOn: string
  readonly owner: string
  /** The device whose lines stand last in every tree: the most to count up to them. */
  readonly last: string
  /** The largest published file of batch 1. */
  readonly file: string
}

const far = '0xffffffffffffffffffffffffffffffffffffffff'

/** Per route, the questions that cost most: the longest pages, the far ends of lists, the things that have most. */
const dearest = ({ size, handedOn, owner, last, file }: Places): Readonly<Record<string, readonly string[]>> => ({
  '/': ['/'],
  '/page/page.js': ['/page/page.js'],
  '/page/owner.js': ['/page/owner.js'],
  '/page/draw.js': ['/page/draw.js'],
  '/page/style.css': ['/page/style.css'],
  '/page/cairn.svg': ['/page/cairn.svg'],
  '/docs': ['/docs'],
  '/docs/': ['/docs/'],
  '/docs/*': ['/docs/index.html', '/docs/nothing'],
  '/docs/json': ['/docs/json'],
  '/docs/yaml': ['/docs/yaml'],
  '/docs/static/index.html': ['/docs/static/index.html'],
  '/docs/static/swagger-initializer.js': ['/docs/static/swagger-initializer.js'],
  '/docs/static/*': ['/docs/static/swagger-ui-bundle.js', '/docs/static/swagger-ui.css'],
  '/openapi.json': ['/openapi.json'],
  '/v1/openapi.json': ['/v1/openapi.json'],
  '/v1/network': ['/v1/network'],
  '/v1/errors': ['/v1/errors'],
  '/v1/models': ['/v1/models'],
  '/v1/counts': ['/v1/counts'],
  '/v1/health': ['/v1/health'],
  '/metrics': ['/metrics'],
  '/v1/devices': [
    `/v1/devices?limit=${MAX_ROWS}`,
    `/v1/devices?limit=${MAX_ROWS}&owner=${owner}`,
    `/v1/devices?limit=${MAX_ROWS}&owner=${far}`,
    `/v1/devices?limit=${MAX_ROWS}&cursor=devices.${far}`,
  ],
  '/v1/devices/:address': [`/v1/devices/${handedOn}`, `/v1/devices/${far}`],
  '/v1/devices/:address/readings': [`/v1/devices/${handedOn}/readings?limit=1000&proof=1`],
  '/v1/devices/:address/readings/:sequence': [`/v1/devices/${handedOn}/readings/1?proof=1`],
  '/v1/devices/:address/refusals': [`/v1/devices/${handedOn}/refusals?limit=1000`],
  '/v1/devices/:address/explain': [`/v1/devices/${handedOn}/explain?epoch=1`],
  '/v1/batches': [
    `/v1/batches?limit=${MAX_ROWS}`,
    `/v1/batches?limit=${MAX_ROWS}&cursor=batches.300`,
    `/v1/batches?lane=7&limit=${MAX_ROWS}`,
  ],
  '/v1/batches/:lane/:height': ['/v1/batches/0/1', `/v1/batches/0/${size.batches}`, '/v1/batches/0/999999999999999999'],
  '/log/:lane/checkpoint': ['/log/0/checkpoint', '/log/7/checkpoint'],
  '/log/:lane/:height/:kind': [file, '/log/0/00000009/bodies'],
  '/v1/rewards': [
    `/v1/rewards?limit=${MAX_EPOCHS}`,
    `/v1/rewards?limit=${MAX_EPOCHS}&cursor=epochs.101`,
    `/v1/rewards?limit=${MAX_EPOCHS}&device=${handedOn}`,
    `/v1/rewards?limit=1&device=${handedOn}`,
    `/v1/rewards?limit=${MAX_EPOCHS}&device=${far}`,
    `/v1/rewards?epoch=1`,
    `/v1/rewards?epoch=${size.epochs}`,
    `/v1/rewards?epoch=${size.epochs}&cursor=lines.0x80${'00'.repeat(19)}.1`,
    `/v1/rewards?epoch=1&cursor=lines.${far}.1`,
    // Final ones, whose lines come with their claims.
    `/v1/rewards?epoch=${size.epochs - 2}&device=${last}`,
    `/v1/rewards?epoch=${size.epochs - 2}&device=${handedOn}&cursor=lines.${handedOn}.950`,
    `/v1/rewards?epoch=${size.epochs - 2}&device=${handedOn}`,
    `/v1/rewards?epoch=${size.epochs}&device=${handedOn}`,
    '/v1/rewards?epoch=999999999999999999',
  ],
  '/v1/pairings': ['/v1/pairings'],
  '/v1/pairings/:device': [`/v1/pairings/${handedOn}`],
})

/** What no route answers costs something, too. */
const nowhere = (): readonly string[] => [
  '/nope',
  `/nope?${'x=1&'.repeat(1_500)}`,
  `/v1/devices?${'x=1&'.repeat(1_500)}`,
]

/** The dearest questions of every route that may be read. Throws for one that nobody has thought about. */
export const questionsFor = (routes: readonly RouteKey[], places: Places): readonly string[] => {
  const known = dearest(places)
  const paths = [...new Set(routes.filter(({ method }) => method === 'GET').map(({ path }) => path))]
  const forgotten = paths.filter((path) => !Object.hasOwn(known, path))
  if (forgotten.length > 0)
    throw new Error(`name the dearest questions of ${forgotten.join(', ')} in test/reads/questions.ts`)
  return [...paths.flatMap((path) => known[path] ?? []), ...nowhere()]
}
