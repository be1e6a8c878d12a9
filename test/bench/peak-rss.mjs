// Preloaded into measured processes: at exit writes the peak resident memory (KiB, from the kernel) to PEAK_RSS_FILE.
import { writeFileSync } from 'node:fs';

const file = process.env['PEAK_RSS_FILE'];
if (file !== undefined) {
  process.on('exit', () => writeFileSync(file, String(process.resourceUsage().maxRSS)));
}
