/*
 * WebAssembly memory is not counted by a thread's `resourceLimits`, and a module that declares no maximum of its own
 * may grow to 4 GB. The maximum is part of the binary (WebAssembly core specification, 5.5.8: memory section), so it is
 * written there before the module is compiled: growing beyond it then fails inside the module.
 */

const memorySection = 5;
const bytesBeforeSections = 8;
const pageBytes = 65_536;

/** The same module with at most `maxBytes` of memory. */
export function limitMemory(module: Uint8Array, maxBytes: number): Uint8Array<ArrayBuffer> {
  let position = bytesBeforeSections;
  while (position < module.length) {
    const id = module[position];
    const size = readUnsigned(module, position + 1);
    const end = size.next + size.value;
    if (id === memorySection) {
      const limits = withMaximum(module.subarray(size.next, end), Math.floor(maxBytes / pageBytes));
      const section = [memorySection, ...unsigned(limits.length), ...limits];
      return Buffer.concat([module.subarray(0, position), Buffer.from(section), module.subarray(end)]);
    }
    position = end;
  }
  throw new Error('the WebAssembly module has no memory of its own');
}

/** The content of a memory section that describes one memory. */
function withMaximum(section: Uint8Array, maxPages: number): number[] {
  const count = readUnsigned(section, 0);
  const flags = section[count.next];
  if (count.value !== 1 || (flags !== 0 && flags !== 1)) {
    throw new Error('the WebAssembly module has an unexpected kind of memory');
  }
  const minimum = readUnsigned(section, count.next + 1);
  return [1, 1, ...unsigned(minimum.value), ...unsigned(maxPages)];
}

/** LEB128. */
function readUnsigned(bytes: Uint8Array, start: number): { readonly value: number; readonly next: number } {
  let value = 0;
  for (let offset = 0; offset < 5; offset += 1) {
    const byte = bytes[start + offset];
    if (byte === undefined) break;
    value += (byte & 0x7f) * 2 ** (7 * offset);
    if (byte < 0x80) return { value, next: start + offset + 1 };
  }
  throw new Error('the WebAssembly module is damaged');
}

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return [...bytes, rest];
}
