import type { NetworkStore } from '../../ports.ts'
import type { Data } from './data.ts'

export const memoryNetwork = (data: Data): NetworkStore => ({
  note: async () => data.network,

  claim: async (note) => {
    data.network ??= { ...note, contracts: undefined }
    return data.network
  },

  complete: async (contracts) => {
    if (!data.network) throw new RangeError('a network is claimed before it is complete')
    data.network = { ...data.network, contracts }
  },
})
