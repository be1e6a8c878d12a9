// The same comparison by DuckDB, which reads the files itself. Arguments: folder, fields. Prints the milliseconds it took.
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

const [folder, ...fields] = process.argv.slice(2);
const instance = await DuckDBInstance.create(':memory:');
const connection = await instance.connect();
const file = (side) => `read_csv('${join(folder, `${side}.csv`)}', all_varchar = true)`;
const values = (side) => fields.map((field) => `${side}.${field}`).join(', ');
const started = performance.now();
await connection.run(
  `create table by_duckdb as
   select coalesce(a.email, b.email) as email, to_json(a) as a, to_json(b) as b
     from ${file('a')} a full join ${file('b')} b on a.email = b.email
    where a.email is null or b.email is null or (${values('a')}) is distinct from (${values('b')})`,
);
process.stdout.write(String(performance.now() - started));
