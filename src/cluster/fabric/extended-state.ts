import { existsSync, readFileSync } from 'node:fs';

/** What User-Mode Linux hands back of a process's registers, in bytes: its FP_SIZE, the most that processors had when it was written. */
const STATE_BYTES = uint32(2696);
/** PTRACE_SETREGSET as the first argument of a call: `mov $0x4205,%edi`. */
const SETREGSET = Buffer.from([0xbf, 0x05, 0x42, 0x00, 0x00]);
/** The size is written so shortly before the call. */
const BEFORE_CALL = 32;

/**
 * Where in a User-Mode Linux program the size of the registers stands that it hands back to the kernel; undefined where the processor
 * needs no other. A kernel wants all of them, and with AMX they are 11 KiB: to be given less it answers EFAULT, and User-Mode Linux up to
 * 6.12 panics with "ptrace set fp regs failed" before anything ran (arch/x86/kernel/fpu/regset.c, xstateregs_set). A size that is too
 * large is cut to what there is (kernel/ptrace.c, ptrace_regset); what lies behind the true ones is not looked at, as their header says
 * which are in use, and AMX is in use only where a process has asked for it.
 */
export function stateSizeOffset(program: string, cpuinfo = readFileSync('/proc/cpuinfo', 'latin1')): number | undefined {
  if (!/^flags\s*:.*\bamx_tile\b/m.test(cpuinfo) || !existsSync(program)) return undefined;
  const file = readFileSync(program);
  const call = file.indexOf(SETREGSET);
  const start = call - BEFORE_CALL;
  const within = start < 0 ? -1 : file.subarray(start, call).lastIndexOf(STATE_BYTES);
  return within < 0 ? undefined : start + within;
}

/** Larger than any processor's; as `printf` of a shell has it. */
export const LARGEST_STATE = [...uint32(16_384)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
