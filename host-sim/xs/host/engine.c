/*
 * A command that runs one JavaScript program in XS and reports what it cost.
 *
 *   argand-xs [--input FILE] [--output FILE] [--report FILE] [--chunk BYTES] [--heap SLOTS] [--stack SLOTS]
 *             [--fixed] [--meter-limit UNITS] PROGRAM.js
 *   argand-xs ... [--static BYTES] --gateway GATEWAY.js WORLD.js
 *   argand-xs --report FILE --parse [--list FILE] PROGRAM.js
 *
 * --fixed forbids growth: the creation sizes are then all there is, as on a device. The report is one JSON object.
 *
 * With --gateway there are two machines. The sizes and the report are the gateway's, which runs from ROM as on a device
 * (gateway.c); the world has what it needs and is not reported. --static gives the gateway one arena for all it has.
 * --parse runs nothing and reports the program's sizes; --list also writes its byte code with marks for lines (listing.c).
 */
#include "xsAll.h"
#include "xsScript.h"
#include "gateway.h"

typedef struct {
	const char* program;
	const char* gateway;
	const char* report;
	const char* list;
	int parseOnly;
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

/* Sizes of a machine that is not measured. */
static txCreation ample;
/* The machine that is reported on. */
static txMachine* running = NULL;

static double unitsSoFar(txMachine* the)
{
	Side* side = the->context;
	return side->units + the->meterIndex;
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
		"\"instructions\":%.0f,\"cpuSeconds\":%.3f,\"codeBytes\":%d,\"symbolBytes\":%d,\"trace\":",
		status, unitsSoFar(the), (int)sizeof(txSlot), (int)the->peakHeapCount, (int)the->peakChunksSize,
		(int)(the->stackTop - the->stackPeak), (int)the->peakParserSize, (int)the->garbageCollectionCount,
		(int)the->keyIndex, instructions, hostCpuSeconds(), gatewaySizes.codeBytes, gatewaySizes.symbolBytes);
	hostPrintTrace(file);
	fprintf(file, ",\"classes\":");
	hostPrintClasses(file);
	fprintf(file, "}\n");
	fclose(file);
}

static void finish(txMachine* the, int status)
{
	if (hostFiles.output)
		fclose(hostFiles.output);
	fflush(stdout);
	/* The root machine of a gateway has no context and nothing to report. */
	if (the && the->context)
		writeReport(the, status);
	exit(status);
}

/* What the gateway throws in a callback, the world hands on to here: it is the gateway's end all the same. */
static int thrownByGateway(txMachine* the)
{
	int result;
	if (mxException.kind != XS_REFERENCE_KIND)
		return 0;
	mxPush(mxException);
	fxGetID(the, fxNewNameC(the, "fromGateway"));
	result = the->stack->kind == XS_BOOLEAN_KIND;
	mxPop();
	return result;
}

static void abortWorld(txMachine* the, int status)
{
	int thrown = status == XS_UNHANDLED_EXCEPTION_EXIT;
	if (thrown && thrownByGateway(the)) {
		fprintf(stderr, "%s\n", fxToString(the, &mxException));
		finish(running, EXIT_EXCEPTION);
	}
	fprintf(stderr, "the world ended: %s\n", thrown ? fxToString(the, &mxException) : "out of memory or stack");
	finish(NULL, EXIT_WORLD);
}

/* XS calls this when it cannot go on. It must not return. */
void fxAbort(txMachine* the, int status)
{
	if (options.gateway && the->context == &hostSides[SIDE_WORLD])
		abortWorld(the, status);
	switch (status) {
	case XS_NOT_ENOUGH_MEMORY_EXIT:
		fprintf(stderr, "the heap is full");
		hostPrintCallers(stderr, the);
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
	Side* side = the->context;
	side->units += the->meterIndex;
	the->meterIndex = 0;
	return !(options.meterLimit > 0 && side->units > options.meterLimit);
}

static void runProgram(txMachine* the, char* source, size_t length)
{
	txSlot* realm = mxProgram.value.reference->next->value.module.realm;
	txScript* script;
	gatewayMarksLines = options.list != NULL;
	script = gatewayParse(the, source, length);
	if (script) {
		gatewaySizes.codeBytes = options.gateway ? gatewaySizes.codeBytes : (int)script->codeSize;
		gatewaySizes.symbolBytes = options.gateway ? gatewaySizes.symbolBytes : (int)script->symbolsSize;
	}
	free(source);
	if (script && options.list) {
		FILE* file = fopen(options.list, "wb");
		if (file) {
			hostList(script, file);
			fclose(file);
		}
	}
	if (script && options.parseOnly)
		return;
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
		if (!strcmp(name, "--parse")) {
			options.parseOnly = 1;
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
		else if (!strcmp(name, "--list"))
			options.list = value;
		else if (!strcmp(name, "--report"))
			options.report = value;
		else if (!strcmp(name, "--chunk"))
			options.creation.initialChunkSize = atoi(value);
		else if (!strcmp(name, "--heap"))
			options.creation.initialHeapCount = atoi(value);
		else if (!strcmp(name, "--stack"))
			options.creation.stackCount = atoi(value);
		else if (!strcmp(name, "--gateway"))
			options.gateway = value;
		else if (!strcmp(name, "--static"))
			options.creation.staticSize = atoi(value);
		else if (!strcmp(name, "--meter-limit"))
			options.meterLimit = atof(value);
		else
			return usage("there is no such option");
	}
	return options.program ? 0 : usage("no program");
}

/* A device's sizes of growth; --fixed has set them to 0 before, and an arena must be able to grow within itself. */
static void openGateway(void)
{
	GatewayOptions gateway = { .creation = options.creation, .root = ample };
	size_t length = 0;
	char* source = hostReadFile(options.gateway, &length);
	if (!source)
		exit(usage("the gateway's program cannot be read"));
	gateway.creation.initialKeyCount = 32;
	gateway.creation.incrementalKeyCount = 32;
	if (gateway.creation.staticSize) {
		gateway.creation.initialChunkSize = 256;
		gateway.creation.incrementalChunkSize = 256;
		gateway.creation.initialHeapCount = 64;
		gateway.creation.incrementalHeapCount = 64;
	}
	running = gatewayOpen(&gateway, source, length);
	if (!running)
		exit(EXIT_MEMORY);
	free(source);
	gatewayMain(running);
}

int main(int argc, char* argv[])
{
	char* source;
	size_t length = 0;
	txMachine* world;
	int outcome;
	ample = options.creation;
	outcome = parseOptions(argc, argv);
	if (outcome)
		return outcome;
	source = hostReadFile(options.program, &length);
	if (!source)
		return usage("the program cannot be read");
	fxInitializeSharedCluster();
	if (options.gateway)
		openGateway();
	world = fxCreateMachine(options.gateway ? &ample : &options.creation, "argand", &hostSides[SIDE_WORLD], XS_NO_ID);
	if (!world)
		return usage("no machine could be made with these sizes");
	hostSides[SIDE_WORLD].machine = world;
	if (!options.gateway)
		running = world;
	hostInstall(world);
	hostInstallBridge(world);
	fxBeginMetering(world, onMeter, 1 << 24);
	{
		txMachine* the = fxBeginHost(world);
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
