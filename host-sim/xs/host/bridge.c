/*
 * What the two machines of a process have in common, written against XS's public interface:
 *
 *   host.onCall(fn, op?, self?)            in either machine: who is called, for one op or for all others
 *   host.call(op, a, b, c, bytes?, into?)  calls the other machine's function; a number, or an ArrayBuffer, comes back
 *   host.enter(part), host.leave(part)     in the gateway: whose work follows; `enter` gives whose it was
 *   host.counter(which), host.partFigure(part, which), host.collect(), host.trace(phase)
 *                                          in the world: the gateway's figures
 *
 * Calls are synchronous and may nest both ways. Bytes are copied; a text as `bytes` arrives as its UTF-8. With `into` the answer's bytes are copied there and their
 * number is the result, so that the caller's heap stays as it is. What one side throws, the other throws anew, with the same
 * `code` and `message`.
 */
#include <stdlib.h>
#include <string.h>
#include "xsmc.h"
#include "host.h"

/* Ops with a function of their own; the function for all others stands at 0. */
#define HANDLER_COUNT 2048
#define MESSAGE_BYTES 256
#define CODE_BYTES 32

typedef struct {
	xsSlot function;
	xsSlot self;
	int used;
	/* Part of the gateway that registered it, and whose work its calls are. */
	int part;
} Handler;

static Handler handlers[SIDE_COUNT][HANDLER_COUNT];

enum { ANSWER_NUMBER, ANSWER_BYTES, ANSWER_ERROR };

typedef struct {
	double numbers[4];
	void* bytes;
	size_t length;
	int kind;
	double number;
	void* answer;
	size_t answerLength;
	char code[CODE_BYTES];
	char message[MESSAGE_BYTES];
} Crossing;

static Side* sideOf(xsMachine* the)
{
	return (Side*)xsGetContext(the);
}

static double numberAt(xsMachine* the, int index)
{
	return xsmcArgc > index && xsmcTypeOf(xsArg(index)) != xsUndefinedType ? xsmcToNumber(xsArg(index)) : 0;
}

static int hasBytesAt(xsMachine* the, int index)
{
	return xsmcArgc > index && xsmcTypeOf(xsArg(index)) == xsReferenceType;
}

/* Whole numbers stay integers, as a native function gives them: XS computes faster with those. */
static void setNumber(xsMachine* the, xsSlot* slot, double value)
{
	if (value >= -2147483647.0 && value <= 2147483647.0 && value == (double)(int)value && !(value == 0 && 1 / value < 0))
		xsmcSetInteger(*slot, (int)value);
	else
		xsmcSetNumber(*slot, value);
}

static void* copyOf(const void* bytes, size_t length)
{
	void* copy = malloc(length + 1);
	if (copy && length)
		memcpy(copy, bytes, length);
	return copy;
}

static void copyText(char* to, size_t size, const char* from)
{
	strncpy(to, from, size - 1);
	to[size - 1] = 0;
}

static void describeException(xsMachine* the, Crossing* crossing)
{
	crossing->kind = ANSWER_ERROR;
	crossing->code[0] = 0;
	copyText(crossing->message, MESSAGE_BYTES, "something was thrown that cannot be described");
	xsTry {
		if (xsmcTypeOf(xsException) == xsReferenceType) {
			xsVar(0) = xsException;
			xsmcGet(xsVar(1), xsVar(0), xsID("code"));
			if (xsmcTypeOf(xsVar(1)) == xsStringType || xsmcTypeOf(xsVar(1)) == xsStringXType)
				copyText(crossing->code, CODE_BYTES, xsmcToString(xsVar(1)));
			xsmcGet(xsVar(1), xsVar(0), xsID("message"));
			copyText(crossing->message, MESSAGE_BYTES, xsmcToString(xsVar(1)));
		}
		else {
			xsVar(0) = xsException;
			copyText(crossing->message, MESSAGE_BYTES, xsmcToString(xsVar(0)));
		}
	}
	xsCatch {
	}
}

static void takeAnswer(xsMachine* the, Crossing* crossing)
{
	crossing->kind = ANSWER_NUMBER;
	crossing->number = 0;
	if (xsmcTypeOf(xsResult) == xsReferenceType) {
		void* bytes;
		xsUnsignedValue length;
		xsmcGetBufferReadable(xsResult, &bytes, &length);
		crossing->kind = ANSWER_BYTES;
		crossing->answer = copyOf(bytes, length);
		crossing->answerLength = length;
	}
	else if (xsmcTypeOf(xsResult) != xsUndefinedType)
		crossing->number = xsmcToNumber(xsResult);
}

static void deliver(int index, Handler* handler, Crossing* crossing)
{
	int before = index == SIDE_GATEWAY ? hostPart(handler->part) : 0;
	int side = hostSide(index);
	xsBeginHost((xsMachine*)hostSides[index].machine);
	{
		xsmcVars(5);
		xsTry {
			setNumber(the, &xsVar(0), crossing->numbers[0]);
			setNumber(the, &xsVar(1), crossing->numbers[1]);
			setNumber(the, &xsVar(2), crossing->numbers[2]);
			setNumber(the, &xsVar(3), crossing->numbers[3]);
			if (crossing->bytes)
				xsmcSetArrayBuffer(xsVar(4), crossing->bytes, (xsIntegerValue)crossing->length);
			/* A function of one op is not told the op. */
			if (handler == &handlers[index][0])
				xsResult = xsCallFunction5(handler->function, handler->self, xsVar(0), xsVar(1), xsVar(2), xsVar(3), xsVar(4));
			else
				xsResult = xsCallFunction4(handler->function, handler->self, xsVar(1), xsVar(2), xsVar(3), xsVar(4));
			takeAnswer(the, crossing);
		}
		xsCatch {
			describeException(the, crossing);
		}
	}
	xsEndHost((xsMachine*)hostSides[index].machine);
	hostSide(side);
	if (index == SIDE_GATEWAY)
		hostPart(before);
}

static void throwAgain(xsMachine* the, Crossing* crossing)
{
	xsTry {
		xsUnknownError("%s", crossing->message);
	}
	xsCatch {
		xsResult = xsException;
		if (crossing->code[0]) {
			xsVar(0) = xsString(crossing->code);
			xsmcSet(xsResult, xsID("code"), xsVar(0));
		}
		/* So that a world which ends by it can say whose fault it was. */
		if (sideOf(the)->index == SIDE_WORLD) {
			xsmcSetBoolean(xsVar(0), 1);
			xsmcSet(xsResult, xsID("fromGateway"), xsVar(0));
		}
		xsThrow(xsException);
	}
}

static void host_call(xsMachine* the)
{
	int to = SIDE_COUNT - 1 - sideOf(the)->index;
	Crossing crossing;
	Handler* handler;
	int op, i;
	xsmcVars(1);
	memset(&crossing, 0, sizeof(crossing));
	for (i = 0; i < 4; i++)
		crossing.numbers[i] = numberAt(the, i);
	op = (int)crossing.numbers[0];
	handler = op > 0 && op < HANDLER_COUNT && handlers[to][op].used ? &handlers[to][op] : &handlers[to][0];
	if (!hostSides[to].machine || !handler->used)
		xsUnknownError("host.call: nobody answers op %d", op);
	if (xsmcArgc > 4 && (xsmcTypeOf(xsArg(4)) == xsStringType || xsmcTypeOf(xsArg(4)) == xsStringXType)) {
		const char* text = xsmcToString(xsArg(4));
		crossing.length = strlen(text);
		crossing.bytes = copyOf(text, crossing.length);
	}
	else if (hasBytesAt(the, 4)) {
		void* bytes;
		xsUnsignedValue length;
		xsmcGetBufferReadable(xsArg(4), &bytes, &length);
		crossing.bytes = copyOf(bytes, length);
		crossing.length = length;
	}
	deliver(to, handler, &crossing);
	free(crossing.bytes);
	if (crossing.kind == ANSWER_ERROR)
		throwAgain(the, &crossing);
	if (crossing.kind == ANSWER_NUMBER) {
		setNumber(the, &xsResult, crossing.number);
		return;
	}
	if (hasBytesAt(the, 5)) {
		void* into;
		xsUnsignedValue room;
		xsmcGetBufferWritable(xsArg(5), &into, &room);
		if (crossing.answerLength < room)
			room = (xsUnsignedValue)crossing.answerLength;
		memcpy(into, crossing.answer, room);
		xsmcSetInteger(xsResult, (int)room);
	}
	else
		xsmcSetArrayBuffer(xsResult, crossing.answer, (xsIntegerValue)crossing.answerLength);
	free(crossing.answer);
}

static void host_onCall(xsMachine* the)
{
	int op = (int)numberAt(the, 1);
	Handler* handler;
	if (op < 0 || op >= HANDLER_COUNT)
		xsUnknownError("host.onCall: op %d is not from 0 to %d", op, HANDLER_COUNT - 1);
	handler = &handlers[sideOf(the)->index][op];
	if (handler->used) {
		xsForget(handler->function);
		xsForget(handler->self);
	}
	handler->used = 0;
	if (!xsmcArgc || xsmcTypeOf(xsArg(0)) != xsReferenceType)
		return;
	handler->function = xsArg(0);
	xsRemember(handler->function);
	if (hasBytesAt(the, 2))
		handler->self = xsArg(2);
	else
		xsmcSetUndefined(handler->self);
	xsRemember(handler->self);
	handler->part = hostCurrentPart();
	handler->used = 1;
}

static int partAt(xsMachine* the, int index)
{
	int part = (int)numberAt(the, index);
	if (part < 0 || part >= PART_COUNT)
		xsUnknownError("part %d is not from 0 to %d", part, PART_COUNT - 1);
	return part;
}

static void host_enter(xsMachine* the)
{
	xsmcSetInteger(xsResult, hostEnterPart(partAt(the, 0)));
}

static void host_leave(xsMachine* the)
{
	hostPart(partAt(the, 0));
}

static void host_counter(xsMachine* the)
{
	xsmcSetNumber(xsResult, hostCounter((int)numberAt(the, 0)));
}

static void host_partFigure(xsMachine* the)
{
	xsmcSetNumber(xsResult, hostPartFigure((int)numberAt(the, 0), (int)numberAt(the, 1)));
}

static void host_collect(xsMachine* the)
{
	hostCollect();
}

static void host_trace(xsMachine* the)
{
	hostTrace((int)numberAt(the, 0));
}

static void add(xsMachine* the, xsStringValue name, xsCallback callback, xsIntegerValue length)
{
	xsResult = xsNewHostFunction(callback, length);
	xsmcSet(xsVar(0), xsID(name), xsResult);
}

void hostInstallBridge(void* machine)
{
	xsBeginHost((xsMachine*)machine);
	{
		xsmcVars(1);
		xsmcGet(xsVar(0), xsGlobal, xsID("host"));
		add(the, "call", host_call, 6);
		add(the, "onCall", host_onCall, 3);
		add(the, "enter", host_enter, 1);
		add(the, "leave", host_leave, 1);
		add(the, "counter", host_counter, 1);
		add(the, "partFigure", host_partFigure, 2);
		add(the, "collect", host_collect, 0);
		add(the, "trace", host_trace, 1);
	}
	xsEndHost((xsMachine*)machine);
}
