import { cellToParent, getResolution, isValidCell } from 'h3-js'

/** H3 resolution 6: hexagons of about 36 km², so a device is somewhere in a town, not in a house. */
const COARSEST_SHOWN = 6

/** The declared cell as everyone may see it; null for none, and for a number that is no H3 cell. */
export const coarsePlace = (cell: bigint): string | null => {
  const text = cell.toString(16)
  if (cell === 0n || !isValidCell(text)) return null
  return getResolution(text) > COARSEST_SHOWN ? cellToParent(text, COARSEST_SHOWN) : text
}
