import { Failure } from '../../errors.ts'
import type { SettleStore } from '../../ports.ts'
import { before } from '../moves.ts'
import type { Data } from './data.ts'

export const memorySettle = (data: Data): SettleStore => ({
  unsettled: async (lane, limit) =>
    (data.batches.get(lane) ?? []).filter(({ state }) => state !== 'settled').slice(0, limit),

  batch: async (lane, height) => data.batches.get(lane)?.[Number(height) - 1],

  move: async (lane, height, { state, ...facts }) => {
    const rows = data.batches.get(lane) ?? []
    const at = Number(height) - 1
    const row = rows[at]
    if (!row || !before[state].includes(row.state)) {
      throw new Failure(
        'INTERNAL',
        `batch ${height} of lane ${lane} cannot become ${state} from ${row?.state ?? 'nothing'}`,
      )
    }
    const { header } = row
    const nothing = { transaction: undefined, block: undefined, settledAt: undefined }
    rows[at] = state === 'cut' ? { header, state, ...nothing } : { ...row, state, ...facts }
  },
})
