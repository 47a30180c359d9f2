import type { Model, Quantity } from '../../devices/models.ts'
import type { Measurement } from '../../devices/packet.ts'

/**
 * The model's quantity that a measurement is of: by its name, or by what follows the last colon, since a SenML base name is a URN that ends
 * in one (RFC 8428 §4.5.1). Without the second, a base name would keep every value from being looked at.
 */
export const quantityOf = (model: Model, { name }: Measurement): Quantity | undefined => {
  const quantities = quantitiesOf(model)
  return quantities.get(name) ?? quantities.get(name.slice(name.lastIndexOf(':') + 1))
}

const byModel = new WeakMap<Model, ReadonlyMap<string, Quantity>>()

const quantitiesOf = (model: Model): ReadonlyMap<string, Quantity> => {
  const known = byModel.get(model) ?? new Map(model.quantities.map((quantity) => [quantity.name, quantity]))
  byModel.set(model, known)
  return known
}
