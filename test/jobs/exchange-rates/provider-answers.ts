/** Rates by currency, as numbers are written. */
export type Rates = Readonly<Record<string, string>>;

/** An ECB file of some days, newest first as the ECB has them; the digits as they are given. */
export function ecbXml(days: Readonly<Record<string, Rates>>): string {
  const cubes = Object.entries(days)
    .sort(([a], [b]) => (a < b ? 1 : -1))
    .map(([date, rates]) => {
      const one = Object.entries(rates).map(([code, rate]) => `<Cube currency='${code}' rate='${rate}'/>`);
      return `<Cube time='${date}'>\n${one.join('\n')}\n</Cube>`;
    });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">',
    '<gesmes:subject>Reference rates</gesmes:subject>',
    '<gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>',
    `<Cube>${cubes.join('\n')}</Cube>`,
    '</gesmes:Envelope>',
  ].join('\n');
}

/** The ECB's CSV: every line ends with a comma. */
export function ecbCsv(codes: readonly string[], days: Readonly<Record<string, readonly string[]>>): string {
  const lines = Object.entries(days).map(([date, rates]) => `${date},${rates.join(',')},`);
  return [`Date,${codes.join(',')},`, ...lines, ''].join('\n');
}

/** The CSV of the ECB's data portal: a line an observation; titles hold commas. */
export function sdmxCsv(days: Readonly<Record<string, Rates>>, freq = 'D'): string {
  const lines = Object.entries(days).flatMap(([date, rates]) =>
    Object.entries(rates).map(
      ([code, rate]) =>
        `EXR.${freq}.${code}.EUR.SP00.A,${freq},${code},EUR,SP00,A,${date},${rate},A,,,P1D,"ECB, ${code}"`,
    ),
  );
  const header =
    'KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE,OBS_STATUS,OBS_CONF,OBS_PRE_BREAK,TIME_FORMAT,TITLE';
  return [header, ...lines].join('\n');
}

/** What Frankfurter answers about one day. */
export function frankfurter(date: string, rates: Rates, base = 'EUR'): string {
  return `{"amount":1.0,"base":"${base}","date":"${date}","rates":${numbers(rates)}}`;
}

/** What it answers about several. */
export function frankfurterSeries(days: Readonly<Record<string, Rates>>, base = 'EUR'): string {
  const each = Object.entries(days).map(([date, rates]) => `"${date}":${numbers(rates)}`);
  return `{"amount":1.0,"base":"${base}","start_date":"","end_date":"","rates":{${each.join(',')}}}`;
}

function numbers(rates: Rates): string {
  return `{${Object.entries(rates)
    .map(([code, rate]) => `"${code}":${rate}`)
    .join(',')}}`;
}
