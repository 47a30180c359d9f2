/** Puts beside the compiled code what `tsc` does not carry over: files that are read at run time. */
import { cpSync } from 'node:fs'

for (const folder of ['gateway/read/page', 'prisma/migrations']) cpSync(folder, `dist/${folder}`, { recursive: true })
