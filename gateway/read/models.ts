import { z } from 'zod'
import { models } from '../../devices/models.ts'
import type { Api } from './api.ts'
import { failing, nothing } from './schemas.ts'

const model = z
  .object({
    name: z.string(),
    cadenceMs: z.int().meta({ description: 'How often it measures, as delivered' }),
    quantities: z.array(z.object({ name: z.string(), unit: z.string(), least: z.number(), most: z.number() })),
  })
  .meta({ id: 'Model', description: 'Outside [least, most] a value is flagged, never refused' })

/** What may be paired, and what each is judged by. */
export const modelRoutes = (api: Api): void => {
  api.get(
    '/v1/models',
    {
      schema: {
        operationId: 'listModels',
        summary: 'The models that can be paired',
        tags: ['pairing'],
        querystring: nothing,
        response: { 200: z.object({ models: z.array(model) }), ...failing },
      },
    },
    async () => ({
      models: models.map(({ name, cadence, quantities }) => ({
        name,
        cadenceMs: cadence,
        quantities: [...quantities],
      })),
    }),
  )
}
