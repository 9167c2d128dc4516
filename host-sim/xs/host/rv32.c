/*
 * What the host asks of its platform, on bare RV32 under qemu: the command line, printing, the counter of instructions.
 * qemu's semihosting plays the operating system; with `-icount shift=0,sleep=off` its `cycle` counter counts instructions exactly.
 */
#include <semihost.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "host.h"

extern int hostMain(int argc, char* argv[]);

/* A device of this instruction set runs at 160 MHz; one instruction a cycle is the best that it can do. */
#define INSTRUCTIONS_PER_US 160

/* rv32imac in its older sense had the control registers; the assembler wants them named. */
#define ZICSR ".option arch, +zicsr\n"

static uint64_t cycles(void)
{
	uint32_t high, low, again;
	do {
		__asm__ volatile("rdcycleh %0" : "=r"(high));
		__asm__ volatile("rdcycle %0" : "=r"(low));
		__asm__ volatile("rdcycleh %0" : "=r"(again));
	} while (high != again);
	return ((uint64_t)high << 32) | low;
}

static uint64_t cyclesAtStart;

double hostInstructions(void)
{
	return (double)(cycles() - cyclesAtStart);
}

/* From here, so that neither parsing nor the length of a path is in any figure. */
void hostStartCounting(void)
{
	cyclesAtStart = cycles();
}

/* Whole, as a PC's: a program that prints it should not pay for digits. */
double hostNowUs(void)
{
	return (double)((cycles() - cyclesAtStart) / INSTRUCTIONS_PER_US);
}

/* The C stack grows down to here (its size is set in the Makefile); XS wants some room left when it gives up. */
extern char __stack[];
extern char __stack_size[];

char* fxCStackLimit(void)
{
	return __stack - (uintptr_t)__stack_size + 16 * 1024;
}

/* Standard output and error, a line at a time: the semihost's console would mix the two. */
typedef struct {
	int mode;
	int file;
	int length;
	char line[256];
} Stream;

static Stream outStream = { SH_OPEN_W, -1, 0 };
static Stream errStream = { SH_OPEN_A, -1, 0 };

static int flushStream(Stream* stream)
{
	if (stream->file < 0)
		stream->file = sys_semihost_open(":tt", stream->mode);
	sys_semihost_write(stream->file, stream->line, stream->length);
	stream->length = 0;
	return 0;
}

static int putInto(Stream* stream, char c)
{
	stream->line[stream->length++] = c;
	return c == '\n' || stream->length == sizeof(stream->line) ? flushStream(stream) : 0;
}

static int putOut(char c, FILE* file)
{
	return putInto(&outStream, c);
}

static int putErr(char c, FILE* file)
{
	return putInto(&errStream, c);
}

static int flushBoth(FILE* file)
{
	flushStream(&outStream);
	return flushStream(&errStream);
}

static FILE outFile = FDEV_SETUP_STREAM(putOut, NULL, flushBoth, _FDEV_SETUP_WRITE);
static FILE errFile = FDEV_SETUP_STREAM(putErr, NULL, flushBoth, _FDEV_SETUP_WRITE);
FILE* const stdin = NULL;
FILE* const stdout = &outFile;
FILE* const stderr = &errFile;

/* Without this a fault of the host would run on for ever. */
__attribute__((aligned(4))) static void onTrap(void)
{
	uintptr_t cause, address;
	__asm__ volatile(ZICSR "csrr %0, mcause" : "=r"(cause));
	__asm__ volatile(ZICSR "csrr %0, mepc" : "=r"(address));
	fprintf(stderr, "the processor trapped: cause %u at 0x%08x\n", (unsigned)cause, (unsigned)address);
	fflush(stderr);
	sys_semihost_exit_extended(EXIT_OTHER);
}

int main(void)
{
	/* One word for qemu, ours within it apart by the ASCII unit separator (qemu.ts): a path may hold a space. */
	static const char* separator = "\x1f";
	static char line[4096];
	static char* words[64];
	int count = 0;
	char* word;
	__asm__ volatile(ZICSR "csrw mtvec, %0" : : "r"(onTrap));
	if (sys_semihost_get_cmdline(line, sizeof(line)))
		return EXIT_USAGE;
	for (word = strtok(line, separator); word && count < 63; word = strtok(NULL, separator))
		words[count++] = word;
	return hostMain(count, words);
}

/* Instructions are what is counted here. */
double hostCpuSeconds(void)
{
	return 0;
}
