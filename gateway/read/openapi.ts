/** The part of an OpenAPI document that is looked at here. */
type Document = { readonly components?: { readonly schemas?: Readonly<Record<string, unknown>> } }

const REFERENCE = '#/components/schemas/'

const referencesIn = (node: unknown): readonly string[] => {
  if (node === null || typeof node !== 'object') return []
  return Object.entries(node).flatMap(([key, value]) =>
    key === '$ref' && typeof value === 'string' ? [value.replace(REFERENCE, '')] : referencesIn(value),
  )
}

/** Each schema is made twice, as it comes in and as it goes out; only what some route refers to is worth printing. */
export const onlyUsed = <T extends object>(document: T): T => {
  const { components = {}, ...rest }: Document = document
  const { schemas = {}, ...others } = components
  const used = new Set<string>()
  const visit = (name: string): void => {
    if (used.has(name)) return
    used.add(name)
    for (const inner of referencesIn(schemas[name])) visit(inner)
  }
  for (const name of referencesIn(rest)) visit(name)
  const kept = Object.fromEntries(Object.entries(schemas).filter(([name]) => used.has(name)))
  return { ...document, components: { ...others, schemas: kept } }
}
