/** Whether a run of the outbox may still begin something. */
export class RunState {
  readonly signal: AbortSignal;
  #failed = false;
  #failure: unknown;

  constructor(signal: AbortSignal) {
    this.signal = signal;
  }

  /** Nothing more is begun; the run ends with the first of these errors. */
  fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#failure = error;
  }

  get isOver(): boolean {
    return this.signal.aborted || this.#failed;
  }

  /** @throws what made the run fail. */
  throwIfFailed(): void {
    if (this.#failed) throw this.#failure;
  }
}
