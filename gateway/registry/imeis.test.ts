import { describe, expect, test } from 'vitest'
import { openPaperRegistry } from '../../test/support/registry.ts'
import { importImeis, parseImeis } from './imeis.ts'
import { loadKnown } from './known.ts'

const [one, two] = ['350916067070535', '350916067070543']
const [first, second] = [`0x${'ab'.repeat(20)}`, `0x${'cd'.repeat(20)}`] as const

describe('the manufacturer’s list', () => {
  test('takes lines of IMEI and address, with a heading, comments, quotes and any case', () => {
    const text = `imei,address\r\n# first lot\n${one},${first.toUpperCase().replace('0X', '0x')}\n\n"${two}","${second}" # late\n`
    const list = parseImeis(text)
    expect(list.ok && [...list.listed.imeis]).toEqual([
      [one, first],
      [two, second],
    ])
  })

  test('names each mistake by its line', () => {
    const list = parseImeis(`${one},${first}\n123,${first}\n${two},nobody\n${one},${second}\n`)
    expect(list.ok ? [] : list.mistakes.map((mistake) => mistake.split(':')[0])).toEqual(['line 2', 'line 3', 'line 4'])
  })

  test('is taken over whole, or not at all', async () => {
    const { store, known } = await openPaperRegistry()
    await expect(importImeis(store, known, `${one},${first}\nx`)).rejects.toMatchObject({ code: 'BAD_SETTING' })
    expect(known.byImei(one)).toEqual([])
    expect(await importImeis(store, known, `${one},${first}\n${two},${second}`)).toBe(2)
    expect(known.byImei(two)).toEqual([second])
    expect((await loadKnown(store)).known.byImei(one)).toEqual([first])
  })

  test('takes devices that have no IMEI', () => {
    const list = parseImeis(`${one},${first}\n${second}\n`)
    expect(list.ok && [[...list.listed.devices], list.listed.imeis.size]).toEqual([[first, second], 1])
  })

  test('gives an IMEI to one device, whoever has paired another under it', async () => {
    const { store, known } = await openPaperRegistry()
    known.learnImei(one, second)
    await importImeis(store, known, `${one},${first}`)
    expect(known.byImei(one)).toEqual([first])
  })
})
