/*
 * The guest's few functions, written against XS's public interface: host.input(), host.write(bytes), host.print(text),
 * host.nowUs(), host.instructions(), host.units(). See host-sim/xs/README.md.
 */
#include "xsmc.h"
#include "host.h"

HostFiles hostFiles = { NULL, NULL };

void* hostReadFile(const char* path, size_t* length)
{
	FILE* file = fopen(path, "rb");
	char* bytes = NULL;
	long size;
	if (!file)
		return NULL;
	if (!fseek(file, 0, SEEK_END) && (size = ftell(file)) >= 0 && !fseek(file, 0, SEEK_SET)) {
		bytes = malloc((size_t)size + 1);
		if (bytes && fread(bytes, 1, (size_t)size, file) == (size_t)size) {
			bytes[size] = 0;
			*length = (size_t)size;
		}
		else {
			free(bytes);
			bytes = NULL;
		}
	}
	fclose(file);
	return bytes;
}

static void host_input(xsMachine* the)
{
	size_t length = 0;
	void* bytes;
	if (!hostFiles.inputPath)
		xsUnknownError("host.input: the run has no input");
	bytes = hostReadFile(hostFiles.inputPath, &length);
	if (!bytes)
		xsUnknownError("host.input: the input cannot be read");
	xsmcSetArrayBuffer(xsResult, bytes, (xsIntegerValue)length);
	free(bytes);
}

static void host_write(xsMachine* the)
{
	void* bytes;
	xsUnsignedValue length;
	if (!hostFiles.output)
		xsUnknownError("host.write: the run has no output");
	xsmcGetBufferReadable(xsArg(0), &bytes, &length);
	if (fwrite(bytes, 1, length, hostFiles.output) != length)
		xsUnknownError("host.write: the output cannot be written");
}

static void host_print(xsMachine* the)
{
	fputs(xsmcToString(xsArg(0)), stdout);
	fputc('\n', stdout);
	fflush(stdout);
}

static void host_nowUs(xsMachine* the)
{
	xsmcSetNumber(xsResult, hostNowUs());
}

static void host_instructions(xsMachine* the)
{
	xsmcSetNumber(xsResult, hostInstructions());
}

static void host_units(xsMachine* the)
{
	xsmcSetNumber(xsResult, hostUnits());
}

static void install(xsMachine* the, xsStringValue name, xsCallback callback, xsIntegerValue length)
{
	xsResult = xsNewHostFunction(callback, length);
	xsmcSet(xsVar(0), xsID(name), xsResult);
}

void hostInstall(void* machine)
{
	xsBeginHost((xsMachine*)machine);
	{
		xsmcVars(1);
		xsVar(0) = xsNewObject();
		install(the, "input", host_input, 0);
		install(the, "write", host_write, 1);
		install(the, "print", host_print, 1);
		install(the, "nowUs", host_nowUs, 0);
		install(the, "instructions", host_instructions, 0);
		install(the, "units", host_units, 0);
		xsmcSet(xsGlobal, xsID("host"), xsVar(0));
	}
	xsEndHost((xsMachine*)machine);
}
