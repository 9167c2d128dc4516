/*
 * The byte code of a program, one line for each code: its size in bytes, its name, and what it names. With marks for lines in it,
 * "line 12" says where what follows comes from. Before it all symbols, each with its length.
 */
#include "gateway.h"

/* Bytes of one code with its operands; `payload` of them are a text or a number of many digits. */
static int sizeOf(const txByte* p, txU4* payload)
{
	txS1 size = gxCodeSizes[*(txU1*)p];
	*payload = 0;
	if (size > 0)
		return size;
	if (size == 0)
		return 1 + sizeof(txID);
	if (size == -1) {
		*payload = *(txU1*)(p + 1);
		return 2 + (int)*payload;
	}
	if (size == -2) {
		txU2 two;
		memcpy(&two, p + 1, sizeof(two));
		*payload = two;
		return 3 + (int)*payload;
	}
	memcpy(payload, p + 1, sizeof(*payload));
	return 5 + (int)*payload;
}

void hostList(const txScript* script, FILE* file)
{
	txByte* p = (txByte*)script->symbolsBuffer;
	txByte* end;
	txU2 count, i;
	const char** names;
	memcpy(&count, p, sizeof(count));
	p += sizeof(txID);
	names = malloc(count * sizeof(char*));
	names[0] = "";
	for (i = 1; i < count; i++) {
		names[i] = (const char*)p;
		p += strlen((char*)p) + 1;
	}
	p = script->codeBuffer;
	end = p + script->codeSize;
	while (p < end) {
		txU4 payload;
		txU1 code = *(txU1*)p;
		int size = sizeOf(p, &payload);
		txU2 operand;
		memcpy(&operand, p + 1, sizeof(operand));
		if (code == XS_CODE_LINE)
			fprintf(file, "line %u\n", operand);
		else if (code != XS_CODE_FILE && code != XS_CODE_PROFILE)
			fprintf(file, "%d %s%s%s\n", size, gxCodeNames[code], gxCodeSizes[code] == 0 ? " " : "",
				gxCodeSizes[code] == 0 ? names[operand] : "");
		p += size;
	}
	free(names);
}
