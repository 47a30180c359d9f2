/** A SHA-256 tree hash, 32 bytes. */
export type Hash = Uint8Array

/**
 * Hashes of one level of the tree, 256 at a time (C2SP tlog-tiles): level 0 holds leaf hashes, level n the roots of complete subtrees of
 * 256^n leaves. A tile at the right edge holds fewer and grows.
 */
export type TileId = { readonly level: number; readonly index: bigint }
export type Tile = TileId & { /** 32 bytes each, 1 to 256 of them. */ readonly hashes: Uint8Array }
