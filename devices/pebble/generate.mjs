/*
 * Writes `generated/pebble_pb.ts` from `pebble.proto` with protoc-gen-es. No protoc: its binary would have to be downloaded, so the
 * few constructs that the file uses are read here, and anything else is an error.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt'
import {
  CodeGeneratorRequestSchema,
  CodeGeneratorResponseSchema,
} from '@bufbuild/protobuf/wkt/google/protobuf/compiler/plugin_pb.js'

const FILE = 'pebble.proto'
const FIELD = /^(optional|required|repeated) (uint32|sint32|bytes|string|bool) (\w+) = (\d+)( \[packed = true\])?;$/

const fieldOf = (line) => {
  const [, label, type, name, number, packed] = FIELD.exec(line) ?? []
  if (!name) throw new Error(`${FILE}: cannot read “${line}”`)
  return {
    name,
    jsonName: name,
    number: Number(number),
    label: FieldDescriptorProto_Label[label.toUpperCase()],
    type: FieldDescriptorProto_Type[type.toUpperCase()],
    ...(packed ? { options: { packed: true } } : {}),
  }
}

const messageOf = ([, name, body]) => ({
  name,
  field: body
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .map(fieldOf),
})

const descriptorOf = (source) => {
  const text = source.replace(/\/\/.*$/gm, '')
  const rest = text.replace(/message (\w+) \{\n([^}]*)\}/g, '').trim()
  if (rest !== 'syntax = "proto2";\npackage pebble;') throw new Error(`${FILE}: cannot read “${rest}”`)
  return create(FileDescriptorProtoSchema, {
    name: FILE,
    package: 'pebble',
    messageType: [...text.matchAll(/message (\w+) \{\n([^}]*)\}/g)].map(messageOf),
  })
}

const plugin = fileURLToPath(new URL('../../node_modules/@bufbuild/protoc-gen-es/bin/protoc-gen-es', import.meta.url))

/** The TypeScript that protoc-gen-es makes of a .proto text. */
export const generate = (source) => {
  const request = create(CodeGeneratorRequestSchema, {
    fileToGenerate: [FILE],
    parameter: 'target=ts',
    protoFile: [descriptorOf(source)],
  })
  const { status, stdout, stderr } = spawnSync(process.execPath, [plugin], {
    input: toBinary(CodeGeneratorRequestSchema, request),
  })
  const response = fromBinary(CodeGeneratorResponseSchema, stdout ?? new Uint8Array())
  if (status !== 0 || response.error) throw new Error(response.error || String(stderr))
  return response.file[0].content
}

export const source = () => readFileSync(new URL(FILE, import.meta.url), 'utf8')
export const target = new URL('generated/pebble_pb.ts', import.meta.url)

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(new URL('.', target), { recursive: true })
  writeFileSync(target, generate(source()))
}
