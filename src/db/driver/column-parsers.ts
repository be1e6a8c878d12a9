import { parseArray } from './parse-array.ts';
import { parseInstant } from './parse-instant.ts';

/** Turns the text that PostgreSQL sends for a value into what the program works with. */
export type ColumnParser = (text: string) => unknown;

const asText: ColumnParser = (text) => text;
const asBoolean: ColumnParser = (text) => text === 't';
const asNumber: ColumnParser = (text) => Number(text);
const asJson: ColumnParser = (text) => JSON.parse(text);
const asBytes: ColumnParser = (text) => Buffer.from(text.slice(2), 'hex');

/**
 * One row a type: its OID, the OID of its array, its parser. Types that are not here, among them int8, numeric, date,
 * timestamp and interval, stay the text that PostgreSQL sent: none of them fits a JavaScript number or Date without
 * loss or a zone.
 */
const table: ReadonlyArray<readonly [oid: number, arrayOid: number, parser: ColumnParser]> = [
  [16, 1000, asBoolean], // bool
  [17, 1001, asBytes], // bytea
  [18, 1002, asText], // "char"
  [19, 1003, asText], // name
  [20, 1016, asText], // int8
  [21, 1005, asNumber], // int2
  [23, 1007, asNumber], // int4
  [25, 1009, asText], // text
  [26, 1028, asNumber], // oid
  [114, 199, asJson], // json
  [700, 1021, asNumber], // float4
  [701, 1022, asNumber], // float8
  [1042, 1014, asText], // bpchar
  [1043, 1015, asText], // varchar
  [1082, 1182, asText], // date
  [1083, 1183, asText], // time
  [1114, 1115, asText], // timestamp
  [1184, 1185, parseInstant], // timestamptz
  [1186, 1187, asText], // interval
  [1700, 1231, asText], // numeric
  [2950, 2951, asText], // uuid
  [3802, 3807, asJson], // jsonb
];

const parsers = new Map<number, ColumnParser>(
  table.flatMap(([oid, arrayOid, parser]) => [
    [oid, parser],
    [arrayOid, (text: string) => parseArray(text, parser)],
  ]),
);

/** The parser of a type; the same for both drivers, so that a query returns the same JavaScript values from either. */
export function columnParser(oid: number): ColumnParser {
  return parsers.get(oid) ?? asText;
}
