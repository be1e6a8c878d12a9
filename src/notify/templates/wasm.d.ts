/** The bundler puts the bytes of a WebAssembly file into the program. */
declare module '*.wasm' {
  const bytes: Uint8Array;
  export default bytes;
}
