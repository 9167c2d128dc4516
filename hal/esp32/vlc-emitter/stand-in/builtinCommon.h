/* Stand-in: the SDK's register of pins in use. */
#pragma once
#include "xsmc.h"
uint32_t stand_in_pin(xsMachine *the, xsSlot *slot);
uint8_t builtinArePinsFree(uint32_t bank, uint32_t pins);
uint8_t builtinUsePins(uint32_t bank, uint32_t pins);
void builtinFreePins(uint32_t bank, uint32_t pins);
#define builtinGetPin(the, slot) stand_in_pin(the, slot)
#define builtinIsPinFree(pin) builtinArePinsFree(pin >> 5, 1 << (pin & 0x1F))
#define builtinUsePin(pin) builtinUsePins(pin >> 5, 1 << (pin & 0x1F))
#define builtinFreePin(pin) builtinFreePins(pin >> 5, 1 << (pin & 0x1F))
