import { z } from 'zod';

/** How long an owner stays: `brief`, a short command; `daemon`, as long as it likes, and it takes commands once it has started. */
const staySchema = z.enum(['brief', 'daemon']);
export type Stay = z.infer<typeof staySchema>;

/** What an owner says of itself; for the message to a person, and for how long to wait, never for whether it lives. */
export const ownerSchema = z.object({
  pid: z.number(),
  command: z.string(),
  startedAt: z.string(),
  /** Absent: longer than anybody waits. What a later version may say is read as that. */
  stay: staySchema.optional().catch(undefined),
});
export type Owner = z.infer<typeof ownerSchema>;

/** An owner that runs commands, and where it is reached. */
export interface OfferingOwner extends Owner {
  readonly folder: string;
  readonly socket: string;
  /** Of the program that it runs. */
  readonly version: string;
}
