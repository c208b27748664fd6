#ifndef BETWEEN_PROCESS_PRIVACY_H
#define BETWEEN_PROCESS_PRIVACY_H

/// Keeps what this process holds in memory to itself: no core file is ever written of
/// it, and on Linux no other process of the same user attaches to it or reads its
/// memory and environment (prctl(2), PR_SET_DUMPABLE; root still can). Call it first
/// of all: it holds for what is in memory from then on, and for the limit of core
/// files in programs that this one starts.
void between_keep_memory_private(void);

#endif
