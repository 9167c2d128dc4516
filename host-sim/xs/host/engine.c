/*
 * A command that runs one JavaScript program in XS and reports what it cost.
 *
 *   argand-xs [--input FILE] [--output FILE] [--report FILE] [--chunk BYTES] [--heap SLOTS] [--stack SLOTS]
 *             [--fixed] [--meter-limit UNITS] PROGRAM.js
 *
 * --fixed forbids growth: the creation sizes are then all there is, as on a device. The report is one JSON object.
 */
#include "xsAll.h"
#include "xsScript.h"
#include "host.h"

typedef struct {
	const char* program;
	const char* report;
	txCreation creation;
	double meterLimit;
} Options;

static Options options = {
	.creation = {
		.initialChunkSize = 32 * 1024 * 1024,
		.incrementalChunkSize = 16 * 1024 * 1024,
		.initialHeapCount = 512 * 1024,
		.incrementalHeapCount = 256 * 1024,
		.stackCount = 16 * 1024,
		.initialKeyCount = 2048,
		.incrementalKeyCount = 1024,
		.nameModulo = 1993,
		.symbolModulo = 127,
		.parserBufferSize = 256 * 1024,
		.parserTableModulo = 1993,
		.staticSize = 0
	}
};

/* Units so far: the machine's own counter is 32 bits wide and is emptied into this one. */
static double meter = 0;
static txMachine* running = NULL;

static double unitsSoFar(txMachine* the)
{
	return meter + the->meterIndex;
}

double hostUnits(void)
{
	return unitsSoFar(running);
}

static void writeReport(txMachine* the, int status)
{
	FILE* file;
	double instructions = hostInstructions();
	if (!options.report || !the)
		return;
	file = fopen(options.report, "wb");
	if (!file)
		return;
	fprintf(file,
		"{\"status\":%d,\"meter\":%.0f,\"slotBytes\":%d,\"peakSlots\":%d,\"peakChunkBytes\":%d,"
		"\"peakStackSlots\":%d,\"peakParserBytes\":%d,\"collections\":%d,\"keys\":%d,"
		"\"instructions\":%.0f}\n",
		status, unitsSoFar(the), (int)sizeof(txSlot), (int)the->peakHeapCount, (int)the->peakChunksSize,
		(int)(the->stackTop - the->stackPeak), (int)the->peakParserSize, (int)the->garbageCollectionCount,
		(int)the->keyIndex, instructions);
	fclose(file);
}

static void finish(txMachine* the, int status)
{
	if (hostFiles.output)
		fclose(hostFiles.output);
	fflush(stdout);
	writeReport(the, status);
	exit(status);
}

/* XS calls this when it cannot go on. It must not return. */
void fxAbort(txMachine* the, int status)
{
	switch (status) {
	case XS_NOT_ENOUGH_MEMORY_EXIT:
		fprintf(stderr, "the heap is full\n");
		finish(the, EXIT_MEMORY);
	case XS_STACK_OVERFLOW_EXIT:
		fprintf(stderr, "the stack is full\n");
		finish(the, EXIT_STACK);
	case XS_NO_MORE_KEYS_EXIT:
		fprintf(stderr, "there are too many names\n");
		finish(the, EXIT_KEYS);
	case XS_TOO_MUCH_COMPUTATION_EXIT:
		fprintf(stderr, "the meter's limit is reached\n");
		finish(the, EXIT_METER);
	case XS_UNHANDLED_EXCEPTION_EXIT:
	case XS_UNHANDLED_REJECTION_EXIT: {
		int code = status == XS_UNHANDLED_EXCEPTION_EXIT ? EXIT_EXCEPTION : EXIT_REJECTION;
		static int entered = 0;
		/* Saying what was thrown may itself throw. */
		if (!entered++)
			fprintf(stderr, "%s\n", fxToString(the, &mxException));
		finish(the, code);
	}
	default:
		fprintf(stderr, "XS gave up with status %d\n", status);
		finish(the, EXIT_OTHER);
	}
	exit(EXIT_OTHER);
}

txID fxFindModule(txMachine* the, txSlot* realm, txID moduleID, txSlot* slot)
{
	return XS_NO_ID;
}

void fxLoadModule(txMachine* the, txSlot* module, txID moduleID)
{
	mxTypeError("a bundled program loads no modules");
}

void fxQueuePromiseJobs(txMachine* the)
{
	the->promiseJobs = 1;
}

/* Called now and then while byte code runs; empties the counter before it wraps. */
static txBoolean onMeter(txMachine* the, txU4 index)
{
	meter += the->meterIndex;
	the->meterIndex = 0;
	return !(options.meterLimit > 0 && meter > options.meterLimit);
}

static void runProgram(txMachine* the, char* source, size_t length)
{
	txStringCStream stream;
	txScript* script;
	txSlot* realm = mxProgram.value.reference->next->value.module.realm;
	stream.buffer = source;
	stream.offset = 0;
	stream.size = (txSize)length;
	script = fxParseScript(the, &stream, fxStringCGetter, mxProgramFlag | mxStrictFlag);
	free(source);
	hostStartCounting();
	fxRunScript(the, script, mxRealmGlobal(realm), C_NULL, mxRealmClosures(realm)->value.reference, C_NULL,
		mxProgram.value.reference);
	mxPullSlot(mxResult);
}

static void runJobs(txMachine* the)
{
	while (the->promiseJobs) {
		the->promiseJobs = 0;
		fxRunPromiseJobs(the);
	}
	fxEndJob(the);
	fxCheckUnhandledRejections(the, 1);
}

static int usage(const char* what)
{
	fprintf(stderr, "argand-xs: %s\n", what);
	return EXIT_USAGE;
}

static int parseOptions(int argc, char* argv[])
{
	int i;
	for (i = 1; i < argc; i++) {
		const char* name = argv[i];
		const char* value = i + 1 < argc ? argv[i + 1] : NULL;
		if (name[0] != '-') {
			options.program = name;
			continue;
		}
		if (!strcmp(name, "--fixed")) {
			options.creation.incrementalChunkSize = 0;
			options.creation.incrementalHeapCount = 0;
			continue;
		}
		if (!value)
			return usage("an option lacks its value");
		i++;
		if (!strcmp(name, "--input"))
			hostFiles.inputPath = value;
		else if (!strcmp(name, "--output")) {
			hostFiles.output = fopen(value, "wb");
			if (!hostFiles.output)
				return usage("the output cannot be opened");
		}
		else if (!strcmp(name, "--report"))
			options.report = value;
		else if (!strcmp(name, "--chunk"))
			options.creation.initialChunkSize = atoi(value);
		else if (!strcmp(name, "--heap"))
			options.creation.initialHeapCount = atoi(value);
		else if (!strcmp(name, "--stack"))
			options.creation.stackCount = atoi(value);
		else if (!strcmp(name, "--meter-limit"))
			options.meterLimit = atof(value);
		else
			return usage("there is no such option");
	}
	return options.program ? 0 : usage("no program");
}

int main(int argc, char* argv[])
{
	char* source;
	size_t length = 0;
	int outcome = parseOptions(argc, argv);
	if (outcome)
		return outcome;
	source = hostReadFile(options.program, &length);
	if (!source)
		return usage("the program cannot be read");
	fxInitializeSharedCluster();
	running = fxCreateMachine(&options.creation, "argand", NULL, XS_NO_ID);
	if (!running)
		return usage("no machine could be made with these sizes");
	hostInstall(running);
	fxBeginMetering(running, onMeter, 1 << 24);
	{
		txMachine* the = fxBeginHost(running);
		mxTry(the) {
			runProgram(the, source, length);
			runJobs(the);
		}
		mxCatch(the) {
			fxAbort(the, XS_UNHANDLED_EXCEPTION_EXIT);
		}
		fxEndHost(the);
	}
	finish(running, 0);
	return 0;
}
