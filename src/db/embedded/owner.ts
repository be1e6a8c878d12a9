import { z } from 'zod';

/** What an owner says of itself; for the message to a person, never for a decision. */
export const ownerSchema = z.object({ pid: z.number(), command: z.string(), startedAt: z.string() });
export type Owner = z.infer<typeof ownerSchema>;

/** An owner that runs commands, and where it is reached. */
export interface OfferingOwner extends Owner {
  readonly folder: string;
  readonly socket: string;
  /** Of the program that it runs. */
  readonly version: string;
}
