/* Stand-in: an ESP32-S3. */
#pragma once
#define SOC_RMT_MEM_WORDS_PER_CHANNEL 48
#define SOC_RMT_TX_CANDIDATES_PER_GROUP 4
